// Where the protocols bite: one test for each thing that a straightforward implementation gets wrong.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AwsError } from '#protocol/errors.ts'
import { loadModel } from '#protocol/load-model.ts'
import { serviceWire } from '#protocol/service-wire.ts'
import type { ServiceId } from '#protocol/services.ts'
import type { ProtocolId } from '#protocol/wire.ts'
import { errorText, jsonParts, readRequest, type RequestParts, resultText, wireRequest } from './wire-request.ts'

const WHEN = new Date(1422172800_000)

function refusal(id: ServiceId, protocol: ProtocolId, parts: RequestParts): AwsError {
  try {
    readRequest(id, protocol, parts)
  } catch (error) {
    if (error instanceof AwsError) return error
    throw error
  }
  return assert.fail('was accepted')
}

describe('all protocols', () => {
  test('each writes times in its own form', () => {
    const times = {
      json: resultText('cloudwatch-logs', 'awsJson1_1', 'DescribeQueryDefinitions', {
        queryDefinitions: [{ lastModified: 1 }],
      }).text,
      epoch: resultText('kinesis', 'awsJson1_1', 'DescribeStreamConsumer', {
        ConsumerDescription: { ConsumerCreationTimestamp: new Date(1.5) },
      }).text,
      query: resultText('iam', 'awsQuery', 'GetUser', { User: { CreateDate: WHEN } }).text,
      s3: resultText('s3', 'restXml', 'ListBuckets', { Buckets: [{ CreationDate: WHEN }] }).text,
      header: resultText('s3', 'restXml', 'HeadObject', { LastModified: WHEN }).response.headers['last-modified'],
    }
    assert.match(times.epoch, /"ConsumerCreationTimestamp":0.001/)
    assert.match(times.query, /<CreateDate>2015-01-25T08:00:00Z<\/CreateDate>/)
    assert.match(times.s3, /<CreationDate>2015-01-25T08:00:00.000Z<\/CreationDate>/)
    assert.equal(times.header, 'Sun, 25 Jan 2015 08:00:00 GMT')
  })

  test('any of the three text forms is read anywhere', () => {
    for (const form of ['2015-01-25T08:00:00Z', '1422172800', 'Sun, 25 Jan 2015 08:00:00 GMT']) {
      const headers = { 'if-modified-since': form }
      assert.deepEqual(
        readRequest('s3', 'restXml', { method: 'GET', uri: '/b/k', headers }).input['IfModifiedSince'],
        WHEN,
      )
      const target = 'Kinesis_20131202.GetShardIterator'
      const body = `{"ShardId":"s","ShardIteratorType":"AT_TIMESTAMP","Timestamp":"${form}"}`
      assert.deepEqual(readRequest('kinesis', 'awsJson1_1', jsonParts(target, body)).input['Timestamp'], WHEN)
    }
  })

  test('what is missing is named under the service’s own code', () => {
    const answers = [
      refusal('dynamodb', 'awsJson1_0', jsonParts('DynamoDB_20120810.GetItem', '{}')),
      refusal(
        'cloudwatch-logs',
        'awsJson1_1',
        jsonParts(
          'Logs_20140328.PutLogEvents',
          '{"logGroupName":"g","logStreamName":"s","logEvents":[{"message":"m"}]}',
        ),
      ),
      refusal('sqs', 'awsJson1_0', jsonParts('AmazonSQS.SendMessage', '{"QueueUrl":"u"}')),
      refusal('sqs', 'awsQuery', { body: 'Action=CreateQueue' }),
      refusal('iam', 'awsQuery', { body: 'Action=CreateRole&RoleName=r' }),
      refusal('lambda', 'restJson1', { uri: '/2015-03-31/functions', body: '{"FunctionName":"f"}' }),
      refusal('cloudwatch', 'awsQuery', { body: 'Action=PutMetricData' }),
    ]
    assert.deepEqual(
      answers.map(({ code, status, message }) => [code, status, message]),
      [
        [
          'ValidationException',
          400,
          "2 validation errors detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null; Value null at 'key' failed to satisfy constraint: Member must not be null",
        ],
        [
          'InvalidParameterException',
          400,
          "1 validation error detected: Value null at 'logEvents.1.member.timestamp' failed to satisfy constraint: Member must not be null",
        ],
        ['MissingParameter', 400, 'The request must contain the parameter MessageBody.'],
        ['MissingParameter', 400, 'The request must contain the parameter QueueName.'],
        [
          'ValidationError',
          400,
          "1 validation error detected: Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null",
        ],
        [
          'ValidationException',
          400,
          "2 validation errors detected: Value null at 'role' failed to satisfy constraint: Member must not be null; Value null at 'code' failed to satisfy constraint: Member must not be null",
        ],
        ['MissingParameter', 400, 'The parameter Namespace is required.'],
      ],
    )
  })

  test('unknown members are dropped, null members are absent', () => {
    const { input } = readRequest(
      'sqs',
      'awsJson1_0',
      jsonParts('AmazonSQS.CreateQueue', '{"QueueName":"q","tags":null,"New":1}'),
    )
    assert.deepEqual(input, { QueueName: 'q' })
  })

  test('a handler that answers what its model does not have is a bug, not an answer', () => {
    assert.throws(() => resultText('sqs', 'awsJson1_0', 'CreateQueue', { QueueUrl: 5 }), { name: 'InvariantError' })
    assert.throws(() => resultText('s3', 'restXml', 'ListBuckets', { Buckets: {} }), { name: 'InvariantError' })
    assert.throws(() => resultText('iam', 'awsQuery', 'GetUser', { User: { CreateDate: 'now' } }), {
      name: 'InvariantError',
    })
  })

  test('no protocol answers with more or fewer bytes than it says', () => {
    const output = { QueueUrls: ['häß', '\u{1f600}'] }
    for (const protocol of ['awsJson1_0', 'awsQuery', 'rpcv2Cbor'] as const) {
      const { headers, body } = serviceWire('sqs').write(protocol, 'ListQueues', output, 'id')
      assert.equal(headers['content-length'], String((body as Uint8Array).length))
    }
  })
})

describe('restXml', () => {
  test('GetBucketLocation is its own root', () => {
    const xmlns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    const of = (output: object): string => resultText('s3', 'restXml', 'GetBucketLocation', output).text
    assert.ok(
      of({ LocationConstraint: 'eu-west-1' }).endsWith(`<LocationConstraint ${xmlns}>eu-west-1</LocationConstraint>`),
    )
    assert.ok(of({}).endsWith(`<LocationConstraint ${xmlns}/>`))
  })

  test('roots are named by the structure or the payload', () => {
    const root = (operation: string, output: object): string | undefined =>
      /\n<(\w+) xmlns="http:\/\/s3.amazonaws.com\/doc\/2006-03-01\/">/.exec(
        resultText('s3', 'restXml', operation, output).text,
      )?.[1]
    assert.equal(root('ListBuckets', {}), 'ListAllMyBucketsResult')
    assert.equal(root('ListObjectsV2', {}), 'ListBucketResult')
    assert.equal(root('CreateMultipartUpload', { UploadId: 'u' }), 'InitiateMultipartUploadResult')
    assert.equal(root('CopyObject', { CopyObjectResult: { ETag: 'e' } }), 'CopyObjectResult')
  })

  test('xsi:type is an attribute, both ways', () => {
    const grants = [{ Grantee: { Type: 'CanonicalUser', ID: 'i' }, Permission: 'READ' }]
    const { text } = resultText('s3', 'restXml', 'GetBucketAcl', { Grants: grants })
    const element =
      '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>i</ID></Grantee>'
    assert.ok(text.includes(element), text)
    const body = `<AccessControlPolicy><AccessControlList><Grant>${element}<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>`
    const { input } = readRequest('s3', 'restXml', { method: 'PUT', uri: '/b?acl', body })
    assert.deepEqual(input['AccessControlPolicy'], { Grants: grants })
  })

  test('white space in attributes survives parsers that make spaces of it', () => {
    const grants = [{ Grantee: { Type: 'a\nb\tc' }, Permission: 'READ' }]
    assert.match(resultText('s3', 'restXml', 'GetBucketAcl', { Grants: grants }).text, /xsi:type="a&#xA;b&#x9;c"/)
    const body =
      '<AccessControlPolicy><AccessControlList><Grant><Grantee xmlns:xsi="x" xsi:type="a&#xA;b\n\tc"/></Grant></AccessControlList></AccessControlPolicy>'
    const { input } = readRequest('s3', 'restXml', { method: 'PUT', uri: '/b?acl', body })
    assert.deepEqual(input['AccessControlPolicy'], { Grants: [{ Grantee: { Type: 'a\nb  c' } }] })
  })

  test('errors: not modelled ones too, with ids and fields, and none in the body of HEAD', () => {
    const error = new AwsError('NoSuchBucketPolicy', 404, 'The bucket policy does not exist', {
      fields: { BucketName: 'b&c' },
    })
    const { response, text } = errorText('s3', 'restXml', error)
    assert.equal(response.status, 404)
    assert.equal(response.headers['x-amz-request-id'], 'request-id')
    assert.match(
      text,
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>NoSuchBucketPolicy<\/Code><Message>The bucket policy does not exist<\/Message><BucketName>b&amp;c<\/BucketName><RequestId>request-id<\/RequestId><HostId>.+<\/HostId><\/Error>$/,
    )
    const head = errorText('s3', 'restXml', error, { method: 'HEAD' })
    assert.deepEqual([head.response.status, head.text], [404, ''])
    const notModified = errorText('s3', 'restXml', new AwsError('NotModified', 304, ''), { method: 'GET' })
    assert.deepEqual([notModified.response.status, notModified.text], [304, ''])
  })

  test('204 and 304 have no body, HEAD keeps the length of what GET would give', () => {
    const wire = serviceWire('s3')
    const deleted = wire.write('restXml', 'DeleteObject', { VersionId: 'v' }, 'id')
    assert.deepEqual([deleted.status, (deleted.body as Uint8Array).length], [204, 0])
    const head = wire.write('restXml', 'HeadObject', { ContentLength: 5, ETag: '"e"' }, 'id')
    assert.deepEqual([head.headers['content-length'], (head.body as Uint8Array).length], ['5', 0])
    const notModified = wire.write('restXml', 'GetObject', { ETag: '"e"' }, 'id', 304)
    assert.deepEqual([notModified.status, (notModified.body as Uint8Array).length], [304, 0])
  })

  const routed = (method: string, uri: string, headers: Readonly<Record<string, string>> = {}): readonly unknown[] => {
    const { operation, labels } = serviceWire('s3').route('restXml', wireRequest({ method, uri, headers }))
    return [operation, labels]
  }

  test('what is addressed, and the keys of the query, name the operation', () => {
    assert.deepEqual(routed('GET', '/'), ['ListBuckets', {}])
    assert.deepEqual(routed('GET', '/?x-id=ListDirectoryBuckets'), ['ListDirectoryBuckets', {}])
    assert.deepEqual(routed('GET', '/b'), ['ListObjects', { Bucket: 'b' }])
    assert.deepEqual(routed('GET', '/b/'), ['ListObjects', { Bucket: 'b' }])
    assert.deepEqual(routed('GET', '/b?list-type=2'), ['ListObjectsV2', { Bucket: 'b' }])
    assert.deepEqual(routed('GET', '/b?location='), ['GetBucketLocation', { Bucket: 'b' }])
    assert.deepEqual(routed('GET', '/b?uploads'), ['ListMultipartUploads', { Bucket: 'b' }])
    assert.deepEqual(routed('GET', '/b?analytics'), ['ListBucketAnalyticsConfigurations', { Bucket: 'b' }])
    assert.deepEqual(routed('GET', '/b?analytics&id=1'), ['GetBucketAnalyticsConfiguration', { Bucket: 'b' }])
    assert.deepEqual(routed('GET', '/b/k?uploadId=u'), ['ListParts', { Bucket: 'b', Key: 'k' }])
    assert.deepEqual(routed('PUT', '/b/k'), ['PutObject', { Bucket: 'b', Key: 'k' }])
    assert.deepEqual(routed('PUT', '/b/k?x-id=PutObject&x-amz-checksum-crc32=AAAA'), [
      'PutObject',
      { Bucket: 'b', Key: 'k' },
    ])
    assert.deepEqual(routed('PUT', '/b/k', { 'x-amz-copy-source': '/a/b' }), ['CopyObject', { Bucket: 'b', Key: 'k' }])
    assert.deepEqual(routed('PUT', '/b/k?partNumber=1&uploadId=u'), ['UploadPart', { Bucket: 'b', Key: 'k' }])
    assert.deepEqual(routed('PUT', '/b/k?partNumber=1&uploadId=u', { 'x-amz-copy-source': 'a/b' })[0], 'UploadPartCopy')
    assert.deepEqual(routed('POST', '/b/k?uploads')[0], 'CreateMultipartUpload')
    assert.deepEqual(routed('POST', '/b/k?uploadId=u')[0], 'CompleteMultipartUpload')
    assert.deepEqual(routed('DELETE', '/b/k?uploadId=u')[0], 'AbortMultipartUpload')
    assert.deepEqual(routed('DELETE', '/b/k?tagging')[0], 'DeleteObjectTagging')
    assert.deepEqual(routed('POST', '/b?delete')[0], 'DeleteObjects')
    assert.deepEqual(routed('HEAD', '/b')[0], 'HeadBucket')
  })

  test('keys keep empty segments and escapes', () => {
    assert.deepEqual(routed('GET', '/b//a//b/'), ['GetObject', { Bucket: 'b', Key: '/a//b/' }])
    const { input } = readRequest('s3', 'restXml', { method: 'GET', uri: '/b/a%2Fb%20c+d/..//%C3%A4' })
    assert.equal(input['Key'], 'a/b c+d/..//ä')
  })

  test('WriteGetObjectResponse addresses no bucket', () => {
    const headers = { 'x-amz-request-route': 'r', 'x-amz-request-token': 't', 'x-amz-fwd-status': '200' }
    const { operation, input } = readRequest('s3', 'restXml', {
      uri: '/WriteGetObjectResponse?x-id=WriteGetObjectResponse',
      headers,
    })
    assert.equal(operation, 'WriteGetObjectResponse')
    assert.deepEqual([input['RequestRoute'], input['RequestToken'], input['StatusCode']], ['r', 't', 200])
    assert.deepEqual(routed('POST', '/WriteGetObjectResponse?delete')[0], 'DeleteObjects', 'a bucket of that name')
  })

  test('a presigned URL carries headers in its query, but no checksum of the body', async () => {
    const { S3Client, PutObjectCommand, CopyObjectCommand } = await import('@aws-sdk/client-s3')
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
    const client = new S3Client({
      endpoint: 'http://127.0.0.1:1',
      forcePathStyle: true,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 's' },
    })
    const put = new PutObjectCommand({
      Bucket: 'b',
      Key: 'k',
      Metadata: { author: 'me & you' },
      StorageClass: 'GLACIER',
    })
    const copy = new CopyObjectCommand({ Bucket: 'b', Key: 'k', CopySource: 'a/ä' })
    const read = async (command: typeof put | typeof copy): Promise<ReturnType<typeof readRequest>> => {
      const url = new URL(await getSignedUrl(client, command as typeof put))
      return readRequest('s3', 'restXml', { method: 'PUT', uri: url.pathname + url.search })
    }
    const { Body: _none, ...input } = (await read(put)).input
    assert.deepEqual(input, { Bucket: 'b', Key: 'k', Metadata: { author: 'me & you' }, StorageClass: 'GLACIER' })
    const copied = await read(copy)
    assert.deepEqual([copied.operation, copied.input['CopySource']], ['CopyObject', 'a/ä'])
    const own = { 'x-amz-storage-class': 'STANDARD' }
    const uri = '/b/k?x-amz-storage-class=GLACIER&X-Amz-Signature=s'
    assert.equal(readRequest('s3', 'restXml', { method: 'PUT', uri, headers: own }).input['StorageClass'], 'STANDARD')
    const unsigned = '/b/k?x-amz-storage-class=GLACIER'
    assert.equal(readRequest('s3', 'restXml', { method: 'PUT', uri: unsigned }).input['StorageClass'], undefined)
  })

  test('the framing of an upload is not the object’s encoding', () => {
    const encoding = (value: string): unknown =>
      readRequest('s3', 'restXml', { method: 'PUT', uri: '/b/k', headers: { 'content-encoding': value } }).input[
        'ContentEncoding'
      ]
    assert.equal(encoding('aws-chunked'), undefined)
    assert.equal(encoding('aws-chunked,gzip'), 'gzip')
    assert.equal(encoding('gzip, aws-chunked, br'), 'gzip,br')
    assert.equal(encoding('gzip'), 'gzip')
  })

  test('metadata: prefix headers, UTF-8 or latin1', () => {
    const utf8 = Buffer.from('süß').toString('latin1')
    const headers = { 'x-amz-meta-a': utf8, 'x-amz-meta-b-c': 'plain', 'x-amz-other': 'x' }
    const { input } = readRequest('s3', 'restXml', { method: 'PUT', uri: '/b/k', headers })
    assert.deepEqual(input['Metadata'], { a: 'süß', 'b-c': 'plain' })
    const { response } = resultText('s3', 'restXml', 'HeadObject', { Metadata: { a: 'süß', b: 'x\r\ny' } })
    assert.equal(response.headers['x-amz-meta-a'], utf8)
    assert.equal(response.headers['x-amz-meta-b'], 'x  y')
  })
})

describe('awsJson', () => {
  const missing = new AwsError('QueueDoesNotExist', 400, 'The specified queue does not exist.')

  test('old error codes only for clients that ask', () => {
    const plain = errorText('sqs', 'awsJson1_0', missing)
    assert.equal(plain.response.headers['x-amzn-query-error'], undefined)
    assert.deepEqual(JSON.parse(plain.text), { __type: 'QueueDoesNotExist', message: missing.message })
    for (const protocol of ['awsJson1_0', 'rpcv2Cbor'] as const) {
      const asked = errorText('sqs', protocol, missing, { headers: { 'x-amzn-query-mode': 'true' } })
      assert.equal(asked.response.headers['x-amzn-query-error'], 'AWS.SimpleQueueService.NonExistentQueue;Sender')
    }
    const dynamo = errorText('dynamodb', 'awsJson1_0', missing, { headers: { 'x-amzn-query-mode': 'true' } })
    assert.equal(dynamo.response.headers['x-amzn-query-error'], undefined)
  })

  test('an error may be thrown by its query code as well', () => {
    const error = new AwsError('AWS.SimpleQueueService.NonExistentQueue', 400, 'gone')
    assert.equal(
      (JSON.parse(errorText('sqs', 'awsJson1_0', error).text) as { __type: string }).__type,
      'QueueDoesNotExist',
    )
  })

  test('fields of modelled and other errors', () => {
    const modelled = new AwsError('TransactionCanceledException', 400, 'm', {
      fields: { CancellationReasons: [{ Code: 'None', Item: { a: { B: Buffer.from('x') } } }], Unknown: 1 },
    })
    assert.deepEqual(JSON.parse(errorText('dynamodb', 'awsJson1_0', modelled).text), {
      __type: 'TransactionCanceledException',
      Message: 'm',
      CancellationReasons: [{ Code: 'None', Item: { a: { B: 'eA==' } } }],
    })
    const other = new AwsError('Whatever', 400, 'm', { fields: { Reason: 'r' } })
    assert.deepEqual(JSON.parse(errorText('dynamodb', 'awsJson1_0', other).text), {
      __type: 'Whatever',
      message: 'm',
      Reason: 'r',
    })
  })

  test('unit output is an empty object', () => {
    assert.equal(resultText('sqs', 'awsJson1_0', 'DeleteQueue', undefined).text, '{}')
  })

  test('DynamoDB’s answers carry their checksum', () => {
    assert.equal(resultText('dynamodb', 'awsJson1_0', 'ListTables', {}).response.headers['x-amz-crc32'], '2745614147')
  })

  test('an empty body is an empty input', () => {
    assert.deepEqual(readRequest('sqs', 'awsJson1_0', jsonParts('AmazonSQS.ListQueues', '')).input, {})
  })
})

describe('restJson1', () => {
  test('labels hold ARNs, escaped or not; a slash at the end is none', () => {
    const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:f'
    const name = (uri: string): unknown =>
      readRequest('lambda', 'restJson1', { method: 'GET', uri }).input['FunctionName']
    assert.equal(name(`/2015-03-31/functions/${encodeURIComponent(arn)}`), arn)
    assert.equal(name(`/2015-03-31/functions/${arn}`), arn)
    assert.equal(name('/2015-03-31/functions/f/'), 'f')
    assert.equal(name('/2015-03-31/functions/a%2Fb'), 'a/b')
    const list = readRequest('lambda', 'restJson1', { method: 'GET', uri: '/2015-03-31/functions/' })
    assert.equal(list.operation, 'ListFunctions')
  })

  test('literal query keys choose between operations of one path', () => {
    const operation = (uri: string): string =>
      serviceWire('api-gateway').route('restJson1', wireRequest({ method: 'POST', uri })).operation
    assert.equal(operation('/restapis'), 'CreateRestApi')
    assert.equal(operation('/restapis?mode=import'), 'ImportRestApi')
    assert.equal(operation('/apikeys?mode=import&format=csv'), 'ImportApiKeys')
  })

  test('Invoke’s payload is raw, with its headers', () => {
    const payload = Buffer.from([0, 0xff, 0x7b])
    const headers = { 'x-amz-invocation-type': 'DryRun', 'x-amz-log-type': 'Tail' }
    const uri = '/2015-03-31/functions/f/invocations'
    const { input } = readRequest('lambda', 'restJson1', { uri, headers, body: payload })
    assert.deepEqual(input, { FunctionName: 'f', InvocationType: 'DryRun', LogType: 'Tail', Payload: payload })
    const { response } = resultText('lambda', 'restJson1', 'Invoke', {
      StatusCode: 202,
      FunctionError: 'Unhandled',
      Payload: payload,
    })
    assert.equal(response.status, 202)
    assert.equal(response.headers['x-amz-function-error'], 'Unhandled')
    assert.deepEqual(response.body, payload)
  })

  test('errors: their type in a header, header members, whose fault', () => {
    const error = new AwsError('TooManyRequestsException', 429, 'slow down', {
      fields: { retryAfterSeconds: '3', Reason: 'ConcurrentInvocationLimitExceeded' },
    })
    const { response, text } = errorText('lambda', 'restJson1', error)
    assert.equal(response.status, 429)
    assert.equal(response.headers['x-amzn-errortype'], 'TooManyRequestsException')
    assert.equal(response.headers['retry-after'], '3')
    assert.deepEqual(JSON.parse(text), {
      Type: 'User',
      message: 'slow down',
      Reason: 'ConcurrentInvocationLimitExceeded',
    })
    const other = errorText('lambda', 'restJson1', new AwsError('Whatever', 400, 'm'))
    assert.deepEqual([other.response.headers['x-amzn-errortype'], other.text], ['Whatever', '{"message":"m"}'])
  })

  test('a 204 has no body', () => {
    const { response } = resultText('lambda', 'restJson1', 'DeleteEventSourceMapping', { UUID: 'u' })
    assert.equal(response.status, 202)
    const removed = resultText('lambda', 'restJson1', 'RemovePermission', undefined)
    assert.deepEqual(
      [removed.response.status, removed.text, removed.response.headers['content-type']],
      [204, '', undefined],
    )
  })
})

describe('awsQuery', () => {
  test('codes and statuses of the query protocol', () => {
    const { response, text } = errorText(
      'iam',
      'awsQuery',
      new AwsError('NoSuchEntityException', 404, 'The role x cannot be found.'),
    )
    assert.equal(response.status, 404)
    assert.equal(
      text,
      '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>' +
        '<Message>The role x cannot be found.</Message></Error><RequestId>request-id</RequestId></ErrorResponse>',
    )
    const queue = errorText('sqs', 'awsQuery', new AwsError('QueueDoesNotExist', 400, 'm')).text
    assert.match(queue, /<Code>AWS.SimpleQueueService.NonExistentQueue<\/Code>/)
    assert.match(queue, /xmlns="http:\/\/queue.amazonaws.com\/doc\/2012-11-05\/"/)
    const internal = errorText('iam', 'awsQuery', new AwsError('InternalFailure', 500, 'm')).text
    assert.match(internal, /<Type>Receiver<\/Type><Code>InternalFailure<\/Code>/)
  })

  test('no result element where there is no result', () => {
    const { text } = resultText('iam', 'awsQuery', 'DeleteRole', undefined)
    assert.equal(
      text,
      '<DeleteRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>request-id</RequestId></ResponseMetadata></DeleteRoleResponse>',
    )
    assert.match(
      resultText('sts', 'awsQuery', 'GetCallerIdentity', { Account: 'a' }).text,
      /<GetCallerIdentityResult><Account>a<\/Account><\/GetCallerIdentityResult>/,
    )
  })

  test('parameters of the query string count as well', () => {
    const get = readRequest('sts', 'awsQuery', {
      method: 'GET',
      uri: '/?Action=GetSessionToken&Version=2011-06-15&DurationSeconds=900',
    })
    assert.deepEqual([get.operation, get.input], ['GetSessionToken', { DurationSeconds: 900 }])
    const both = readRequest('sts', 'awsQuery', { uri: '/?DurationSeconds=900', body: 'Action=GetSessionToken' })
    assert.deepEqual(both.input, { DurationSeconds: 900 })
  })

  test('SQS: two members under one name, flattened maps, the queue in the path', () => {
    const body = 'Action=ReceiveMessage&AttributeName.1=All&MessageAttributeName.1=a'
    const { input } = readRequest('sqs', 'awsQuery', {
      uri: '/000000000000/q',
      headers: { host: 'localhost:4566' },
      body,
    })
    assert.deepEqual(input, {
      AttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['a'],
      QueueUrl: 'http://localhost:4566/000000000000/q',
    })
    const message = { MessageId: 'm', Attributes: { SentTimestamp: '1' } }
    assert.match(
      resultText('sqs', 'awsQuery', 'ReceiveMessage', { Messages: [message] }).text,
      /<ReceiveMessageResult><Message><MessageId>m<\/MessageId><Attribute><Name>SentTimestamp<\/Name><Value>1<\/Value><\/Attribute><\/Message><\/ReceiveMessageResult>/,
    )
  })

  test('an empty list is sent as an empty name', () => {
    const { input } = readRequest('sns', 'awsQuery', { body: 'Action=TagResource&ResourceArn=a&Tags=' })
    assert.deepEqual(input['Tags'], [])
  })
})

describe('rpcv2Cbor', () => {
  test('answers and errors say which protocol they are', () => {
    const { response } = resultText('cloudwatch', 'rpcv2Cbor', 'ListDashboards', {})
    assert.equal(response.headers['smithy-protocol'], 'rpc-v2-cbor')
    assert.deepEqual(response.body, Buffer.from('a0', 'hex'))
    const error = errorText('cloudwatch', 'rpcv2Cbor', new AwsError('ResourceNotFound', 404, 'm'))
    assert.equal(error.response.headers['smithy-protocol'], 'rpc-v2-cbor')
    assert.equal(error.response.status, 404)
  })

  test('the operation stands in the path, whatever stands before it', () => {
    const uri = '/any/base/service/GraniteServiceVersion20100801/operation/ListMetrics'
    assert.equal(readRequest('cloudwatch', 'rpcv2Cbor', { uri }).operation, 'ListMetrics')
  })
})

test('every operation with a streaming payload is known as such, no other', () => {
  const streams: string[] = []
  for (const id of ['s3', 'lambda', 'api-gateway', 'iot-data-plane'] as const)
    for (const name of loadModel(id).operationNames())
      if (serviceWire(id).bodyKind(name) === 'stream') streams.push(name)
  assert.deepEqual(streams.toSorted(), [
    'InvokeAsync',
    'PutObject',
    'PutObjectAnnotation',
    'UploadPart',
    'WriteGetObjectResponse',
  ])
})
