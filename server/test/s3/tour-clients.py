"""Takes the steps of the tour (tour-steps.ts) with boto3, or with awscli inside this process; prints a line of JSON for each.

Arguments: the client, and a file with the steps. A step names an operation and its input; texts that begin with a dollar
sign stand for what an earlier step kept.
"""

import contextlib
import io
import json
import os
import re
import sys
import tempfile

# Answers without a body have no code: clients show their status.
STATUSES = {'304': 'NotModified', '400': 'BadRequest', '403': 'Forbidden', '404': 'NotFound', '405': 'MethodNotAllowed', '412': 'PreconditionFailed'}
FOLDER = tempfile.mkdtemp(prefix='mayfly-tour-')
kept = {}


def resolved(value):
    if isinstance(value, str) and value.startswith('$'):
        return kept[value[1:]]
    if isinstance(value, dict):
        return value['$date'] if '$date' in value else {name: resolved(member) for name, member in value.items()}
    if isinstance(value, list):
        return [resolved(member) for member in value]
    return value


def found(answer, path):
    for name in path.split('.'):
        answer = answer[int(name)] if isinstance(answer, list) else answer.get(name)
    return answer


class Boto3:
    def __init__(self):
        import boto3
        from botocore import xform_name
        from botocore.config import Config

        config = Config(retries={'max_attempts': 0}, s3={'addressing_style': 'path'}, parameter_validation=True)
        self.name_of = xform_name
        self.s3 = boto3.client('s3', endpoint_url=os.environ['ENDPOINT'], config=config)

    def knows(self, operation):
        return operation in self.s3.meta.service_model.operation_names

    def send(self, operation, input):
        from botocore.exceptions import ClientError

        if 'Body' in input:
            input['Body'] = input['Body'].encode()
        try:
            answer = getattr(self.s3, self.name_of(operation))(**input)
            if operation == 'GetObject':
                answer['Body'] = answer['Body'].read().decode()
            if operation == 'SelectObjectContent':
                answer['Payload'] = ''.join(
                    event['Records']['Payload'].decode() for event in answer['Payload'] if 'Records' in event
                )
            return 'ok', answer
        except ClientError as error:
            return error.response['Error']['Code'], {}


class AwsCli:
    def __init__(self):
        # It brings a botocore of its own, and must be imported before any other.
        import awscli.clidriver
        from botocore import xform_name

        self.name_of = xform_name
        self.driver = awscli.clidriver.create_clidriver()
        self.operations = self.driver.session.get_service_model('s3').operation_names

    def knows(self, operation):
        return operation in self.operations

    def send(self, operation, input):
        more = []
        body = os.path.join(FOLDER, 'body')
        if 'Body' in input:
            with open(body, 'w') as file:
                file.write(input.pop('Body'))
            more += ['--body', body]
        outfile = os.path.join(FOLDER, 'out')
        streams = {'GetObject': 'Body', 'SelectObjectContent': 'Payload'}
        if operation in streams:
            # What is written to a file takes no --cli-input-json.
            more.append(outfile)
            for name, value in input.items():
                more += ['--' + self.name_of(name, '-'), value if isinstance(value, str) else json.dumps(value)]
        else:
            more += ['--cli-input-json', json.dumps(input)]
        out, err = io.StringIO(), io.StringIO()
        arguments = ['--endpoint-url', os.environ['ENDPOINT'], '--output', 'json', 's3api', self.name_of(operation, '-')]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = self.driver.main([*arguments, *more])
        if status == 0:
            text = out.getvalue()
            answer = json.loads(text) if text.strip() else {}
            if operation in streams:
                with open(outfile) as file:
                    answer[streams[operation]] = file.read()
            return 'ok', answer
        code = re.search(r'An error occurred \(([^)]+)\)', err.getvalue())
        return (code.group(1) if code else f'status {status}: {err.getvalue()}'), {}


client = {'boto3': Boto3, 'awscli': AwsCli}[sys.argv[1]]()
with open(sys.argv[2]) as file:
    steps = json.load(file)
for step in steps:
    operation = step['operation']
    if not client.knows(operation):
        print(json.dumps({'code': 'unknown'}), flush=True)
        continue
    code, answer = client.send(operation, resolved(step['input']))
    for name, path in step.get('keep', {}).items():
        kept[name] = found(answer, path) if code == 'ok' else None
    values = {path: found(answer, path) for path in step.get('has', {})} if code == 'ok' else {}
    print(json.dumps({'code': STATUSES.get(code, code), 'values': values}, default=str), flush=True)
