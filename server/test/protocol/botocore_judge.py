"""Puts our codec to botocore's, over the protocol adapter: what botocore serializes must be read as its parameters, and
what we write must be parsed as the result or error that it was made from. Random values for every operation of the
service models that this botocore has. Prints one JSON object: the counts, and what differs.

Usage: botocore_judge.py <seed> <adapter command…>
"""
import base64
import datetime
import io
import json
import random
import subprocess
import sys
from urllib.parse import urlencode

import botocore.parsers
import botocore.serialize
from botocore.awsrequest import HeadersDict
from botocore.loaders import Loader
from botocore.model import ServiceModel

SERVICES = """lambda s3 dynamodb dynamodbstreams sqs sns kinesis firehose events scheduler pipes schemas stepfunctions
cloudwatch logs xray cloudtrail iam sts kms secretsmanager ssm cognito-idp cognito-identity apigateway apigatewayv2
apigatewaymanagementapi cloudformation serverlessrepo iot iot-data ce budgets resourcegroupstaggingapi""".split()
TEXT = ['plain', 'with space', 'a&b<c>"d\'e', 'päöü€ 😀', 'new\nline', '100%', 'a+b=c;d', 'x/y?z#', ']]>', '{}[]']
PLAIN_TEXT = ['plain', 'x-1_2.3~4']
LABELS = ['plain', 'with space', 'arn:aws:x:y:0:z/w', 'a+b']
DEPTH_MAX = 4

# Where botocore itself cannot give back what it was given.
NOT_COMPARED = {
    ('s3', 'GetBucketNotification'): 'its lists share element names with deprecated members',
    ('s3', 'PutBucketNotification'): 'the same',
    ('apigateway', 'ImportRestApi'): 'vectors want maps of query parameters to hold the bound ones too',
    ('apigateway', 'PutRestApi'): 'the same',
    ('s3', 'WriteGetObjectResponse'): 'its host label must be a host name',
}
# Members that the transport gives, whether the result had them or not.
TRANSPORT = {'ContentLength', 'ContentType', 'contentType', 'statusCode', 'StatusCode', 'Status', 'status'}


class Values:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def structure(self, shape, depth=0):
        members = dict(shape.members)
        if getattr(shape, 'is_tagged_union', False):
            shallow = {k: m for k, m in members.items() if m.type_name not in ('structure', 'list', 'map')}
            name, member = self.random.choice(list((shallow or members if depth >= DEPTH_MAX else members).items()))
            return {name: self.member(member, depth + 1)}
        value = {}
        for name, member in members.items():
            deep = depth >= DEPTH_MAX and member.type_name in ('structure', 'list', 'map')
            wanted = name in shape.required_members or not (deep or self.random.random() < 0.25)
            if wanted and depth < 2 * DEPTH_MAX and not member.serialization.get('eventstream'):
                value[name] = self.member(member, depth + 1)
        return value

    def member(self, shape, depth):
        location = shape.serialization.get('location')
        if shape.serialization.get('jsonvalue'):
            return {'key': [1]} if location == 'header' else '{"key": [1]}'
        if location == 'statusCode':
            return 200
        if location == 'uri' and shape.type_name == 'string':
            return self.random.choice(LABELS)
        return self.value(shape, depth, location in ('header', 'headers', 'querystring'))

    def value(self, shape, depth, plain=False):
        kind = shape.type_name
        if kind == 'structure':
            if getattr(shape, 'is_document_type', False):
                return {'text': self.random.choice(TEXT), 'list': [1, None, True]}
            return self.structure(shape, depth)
        if kind == 'list':
            return [self.value(shape.member, depth + 1, plain) for _ in range(self.random.randint(1, 2))]
        if kind == 'map':
            key = 'key-%d' if plain else 'kéy.%d x'
            return {key % i: self.value(shape.value, depth + 1, plain) for i in range(self.random.randint(1, 2))}
        if kind in ('string', 'character'):
            return self.random.choice(PLAIN_TEXT if plain else TEXT)
        if kind in ('integer', 'long', 'short'):
            return self.random.choice([0, 1, 7, 123456])
        if kind in ('float', 'double'):
            return self.random.choice([1.5, 0.25, 3.0])
        if kind == 'boolean':
            return self.random.random() < 0.5
        if kind == 'blob':
            return bytes(self.random.randrange(256) for _ in range(self.random.randint(1, 20)))
        if kind == 'timestamp':
            seconds = 1600000000 + self.random.randrange(10**8)
            return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        raise TypeError(kind)


def as_json(shape, value):
    """A value of botocore in the adapter's form."""
    if value is None or shape.serialization.get('jsonvalue'):
        return value
    kind = shape.type_name
    if kind == 'structure':
        if getattr(shape, 'is_document_type', False):
            return value
        return {k: as_json(shape.members[k], v) for k, v in value.items() if k in shape.members}
    if kind == 'list':
        return [as_json(shape.member, item) for item in value]
    if kind == 'map':
        return {k: as_json(shape.value, v) for k, v in value.items()}
    if kind == 'blob':
        content = value.read() if hasattr(value, 'read') else value
        return base64.b64encode(content.encode() if isinstance(content, str) else content).decode()
    if kind == 'timestamp':
        return value.timestamp() if hasattr(value, 'timestamp') else value
    return value


def normal(value):
    """Numbers are floats, absent and empty structures (which forms and XML cannot tell apart) are left out."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, list):
        return [item for item in map(normal, value) if item != {}]
    if isinstance(value, dict):
        kept = {k: normal(v) for k, v in value.items() if v is not None}
        return {k: v for k, v in kept.items() if v not in ({}, [])}
    return value


def part_of_model(model, name):
    """The model with one operation, and without documentation."""
    shapes = {}

    def take(shape_name):
        if shape_name in shapes:
            return
        shape = model['shapes'][shape_name]
        shapes[shape_name] = {k: v for k, v in shape.items() if k not in ('documentation', 'enum')}
        refs = list(shape.get('members', {}).values())
        refs += [shape[k] for k in ('member', 'key', 'value') if isinstance(shape.get(k), dict)]
        for ref in refs:
            take(ref['shape'])

    operation = model['operations'][name]
    for side in ('input', 'output'):
        if side in operation:
            take(operation[side]['shape'])
    for error in operation.get('errors', []):
        take(error['shape'])
    return {'metadata': model['metadata'], 'shapes': shapes, 'operations': {name: operation}}


def request_of(serialized):
    uri = serialized['url_path']
    query = serialized.get('query_string')
    if query:
        uri += ('&' if '?' in uri else '?') + (query if isinstance(query, str) else urlencode(query, doseq=True))
    body = serialized['body'] or b''
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
    if isinstance(body, str):
        body = body.encode()
    headers = {k: v.decode() if isinstance(v, bytes) else str(v) for k, v in serialized['headers'].items()}
    return {'method': serialized['method'], 'uri': uri, 'headers': headers, 'body64': base64.b64encode(body).decode()}


class Judge:
    def __init__(self, seed):
        self.values = Values(seed)
        self.cases = []

    def add(self, case, order, check):
        self.cases.append((case, {'id': case, **order}, check))

    def service(self, name, model):
        service = ServiceModel(model, name)
        protocols = model['metadata'].get('protocols') or [model['metadata']['protocol']]
        for protocol in protocols:
            if protocol in botocore.serialize.SERIALIZERS:
                for operation in service.operation_names:
                    if (name, operation) not in NOT_COMPARED:
                        self.operation(name, protocol, service.operation_model(operation), model)

    def operation(self, service, protocol, operation, model):
        order = {'protocol': protocol, 'model': part_of_model(model, operation.name), 'operation': operation.name}
        case = '%s %s over %s' % (service, operation.name, protocol)
        shape = operation.input_shape
        params = self.values.structure(shape) if shape else {}
        if service == 's3' and 'Bucket' in params:
            params['Bucket'] = 'bucket'
        serializer = botocore.serialize.create_serializer(protocol, False)
        request = request_of(serializer.serialize_to_request(params, operation))
        expected = normal(as_json(shape, params)) if shape else {}
        self.add(case + ': read', {'do': 'read', 'request': request, **order}, lambda a: (expected, normal(a['params'])))
        if operation.output_shape is not None and not operation.has_event_stream_output:
            self.result(case, order, protocol, operation)
        for error in operation.error_shapes[:1]:
            self.error(case, order, protocol, operation, error)

    def result(self, case, order, protocol, operation):
        shape = operation.output_shape
        result = as_json(shape, self.values.structure(shape))

        def check(answer):
            parsed = self.parse(answer, protocol, shape, operation.has_streaming_output)
            parsed.pop('ResponseMetadata', None)
            seen = as_json(shape, parsed)
            for name in TRANSPORT:
                seen.pop(name, None)
            wanted = {k: v for k, v in result.items() if k not in TRANSPORT}
            # A payload that is not there is an empty one.
            seen = {k: v for k, v in seen.items() if k in wanted or v != ''}
            return normal(wanted), normal(seen)

        self.add(case + ': result', {'do': 'write', 'result': result, **order}, check)

    def error(self, case, order, protocol, operation, shape):
        fields = {k: v for k, v in self.values.structure(shape).items() if k.lower() not in ('message', 'code', 'type')}
        fields = as_json(shape, fields)
        error = {'code': shape.name, 'shape': shape.name, 'message': 'what went wrong', 'fields': fields}
        code = shape.metadata.get('error', {}).get('code', shape.name) if protocol == 'query' else shape.name

        def check(answer):
            parsed = self.parse(answer, protocol, operation.output_shape, False)['Error']
            own = botocore.parsers.create_parser(protocol)._do_modeled_error_parse(self.response(answer, False), shape)
            seen = {k: v for k, v in as_json(shape, own).items() if k in fields}
            return [code, 'what went wrong', normal(fields)], [parsed.get('Code'), parsed.get('Message'), normal(seen)]

        self.add(case + ': error', {'do': 'write', 'error': error, **order}, check)

    @staticmethod
    def response(answer, streaming):
        body = base64.b64decode(answer['body64'])
        headers = HeadersDict(answer['headers'])
        return {'status_code': answer['status'], 'headers': headers, 'body': io.BytesIO(body) if streaming else body}

    def parse(self, answer, protocol, shape, streaming):
        return botocore.parsers.create_parser(protocol).parse(self.response(answer, streaming), shape)

    def judge(self, command):
        lines = ''.join(json.dumps(order) + '\n' for _, order, _ in self.cases)
        adapter = subprocess.run(command, input=lines.encode(), stdout=subprocess.PIPE, check=True)
        answers = [json.loads(line) for line in adapter.stdout.splitlines()]
        different = []
        for (case, _, check), answer in zip(self.cases, answers):
            try:
                expected, seen = ('an answer', answer['error']) if 'error' in answer else check(answer)
            except Exception as problem:  # noqa: BLE001 -- a parser that fails is a finding
                expected, seen = 'an answer that can be parsed', repr(problem)
            if expected != seen:
                different.append({'case': case, 'expected': expected, 'seen': seen})
        return {'botocore': botocore.__version__, 'cases': len(self.cases), 'answers': len(answers), 'different': different}


def main():
    judge = Judge(int(sys.argv[1]))
    loader = Loader()
    available = set(loader.list_available_services('service-2'))
    for name in SERVICES:
        if name in available:
            judge.service(name, loader.load_service_model(name, 'service-2'))
    json.dump(judge.judge(sys.argv[2:]), sys.stdout, default=str)


main()
