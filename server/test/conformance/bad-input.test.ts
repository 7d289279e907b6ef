// Bad input, end to end: every case answers with AWS's code and a message that says what to do, the server stays up, and
// nothing is lost.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import * as lambda from '@aws-sdk/client-lambda'
import * as s3 from '@aws-sdk/client-s3'
import { type ZipEntry, zipOf } from '../lambda/zip-file.ts'
import { makeRole, openServer, REGION, type TestServer } from './server-kit.ts'
import { type RawRequest, signedRequest } from './signed-request.ts'

let role: string
const MIB = 1024 * 1024

let target: TestServer
let buckets: s3.S3Client
let functions: lambda.LambdaClient

before(async () => {
  target = await openServer()
  role = await makeRole(target, 'x', [])
  buckets = new s3.S3Client(target.sdk)
  functions = new lambda.LambdaClient(target.sdk)
  await buckets.send(new s3.CreateBucketCommand({ Bucket: 'kept' }))
  await buckets.send(new s3.PutObjectCommand({ Bucket: 'kept', Key: 'object', Body: 'still here' }))
})

// Whatever was sent: the server answers, and what was stored before is still there.
after(async () => {
  const found = await buckets.send(new s3.GetObjectCommand({ Bucket: 'kept', Key: 'object' }))
  assert.equal(await found.Body?.transformToString(), 'still here')
  const ready = await fetch(`${target.endpoint}/readyz`)
  assert.equal(ready.status, 200)
  buckets.destroy()
  functions.destroy()
  await target[Symbol.asyncDispose]()
})

interface WireCase extends RawRequest {
  readonly what: string
  readonly status: number
  /** Somewhere in the answer. */
  readonly says: RegExp
}

const JSON_1_1 = 'application/x-amz-json-1.1'
const JSON_1_0 = 'application/x-amz-json-1.0'
const FORM = 'application/x-www-form-urlencoded'
const old = new Date(Date.now() - 3_600_000)
const stranger = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40) }

function logsCall(operation: string, body: string | Buffer): Pick<WireCase, 'service' | 'headers' | 'body'> {
  return {
    service: 'logs',
    headers: { 'content-type': JSON_1_1, 'x-amz-target': `Logs_20140328.${operation}` },
    body,
  }
}

const wireCases: readonly WireCase[] = [
  {
    what: 'broken JSON',
    ...logsCall('CreateLogGroup', '{"logGroupName": '),
    status: 400,
    says: /SerializationException/,
  },
  {
    what: 'JSON of another shape',
    ...logsCall('CreateLogGroup', '["x"]'),
    status: 400,
    says: /SerializationException/,
  },
  {
    what: 'JSON of another type',
    ...logsCall('CreateLogGroup', '{"logGroupName": {"a": 1}}'),
    status: 400,
    says: /SerializationException/,
  },
  {
    what: 'JSON nested without end',
    ...logsCall('CreateLogGroup', '{"tags":'.repeat(20_000)),
    status: 400,
    says: /SerializationException/,
  },
  {
    what: 'JSON that is not UTF-8',
    ...logsCall('CreateLogGroup', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
    status: 400,
    says: /SerializationException|ValidationException|InvalidParameterException/,
  },
  { what: 'a required member is missing', ...logsCall('CreateLogGroup', '{}'), status: 400, says: /logGroupName/ },
  { what: 'an unknown operation', ...logsCall('DoWhatIMean', '{}'), status: 400, says: /UnknownOperationException/ },
  {
    what: 'an unknown operation of a query service',
    service: 'sqs',
    headers: { 'content-type': FORM },
    body: 'Action=DoWhatIMean&Version=2012-11-05',
    status: 400,
    says: /InvalidAction/,
  },
  {
    what: 'a query without an action',
    service: 'iam',
    headers: { 'content-type': FORM },
    body: 'Version=2010-05-08',
    status: 400,
    says: /Action/,
  },
  {
    what: 'a broken percent encoding in a form',
    service: 'iam',
    headers: { 'content-type': FORM },
    body: 'Action=%zz%',
    status: 400,
    says: /Error|Action/,
  },
  {
    what: 'broken CBOR',
    service: 'monitoring',
    path: '/service/GraniteServiceVersion20100801/operation/ListMetrics',
    headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
    body: Buffer.from([0xbf, 0xff, 0xff]),
    status: 501,
    says: /NotImplemented/,
  },
  {
    what: 'broken JSON of another service',
    service: 'dynamodb',
    headers: { 'content-type': JSON_1_0, 'x-amz-target': 'DynamoDB_20120810.PutItem' },
    body: '{',
    status: 400,
    says: /SerializationException/,
  },
  {
    what: 'broken XML',
    service: 's3',
    method: 'POST',
    path: '/kept',
    query: { delete: '' },
    body: '<Delete><Object>',
    status: 400,
    says: /MalformedXML/,
  },
  {
    what: 'XML that is something else',
    service: 's3',
    method: 'PUT',
    path: '/kept',
    query: { notification: '' },
    body: '<html/>',
    status: 400,
    says: /MalformedXML/,
  },
  {
    what: 'XML with entities',
    service: 's3',
    method: 'PUT',
    path: '/kept',
    query: { notification: '' },
    body: '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><NotificationConfiguration>&b;</NotificationConfiguration>',
    status: 400,
    says: /MalformedXML/,
  },
  {
    what: 'a REST body that is not JSON',
    service: 'lambda',
    path: '/2015-03-31/functions',
    body: 'not json',
    status: 400,
    says: /SerializationException|InvalidRequestContentException/,
  },
  {
    what: 'a REST path that leads nowhere',
    service: 'lambda',
    method: 'PATCH',
    path: '/2015-03-31/nowhere',
    status: 404,
    says: /UnknownOperationException|ResourceNotFound|not find|NotFound/,
  },
  {
    what: 'a wrong secret key (JSON)',
    ...logsCall('DescribeLogGroups', '{}'),
    keys: { ...stranger },
    status: 400,
    says: /UnrecognizedClientException/,
  },
  {
    what: 'a wrong secret key (S3)',
    service: 's3',
    method: 'GET',
    path: '/kept',
    keys: stranger,
    status: 403,
    says: /InvalidAccessKeyId/,
  },
  {
    what: 'an expired signature (S3)',
    service: 's3',
    method: 'GET',
    path: '/kept',
    signedAt: old,
    status: 403,
    says: /RequestTimeTooSkewed/,
  },
  {
    what: 'an expired signature (JSON)',
    ...logsCall('DescribeLogGroups', '{}'),
    signedAt: old,
    status: 400,
    says: /InvalidSignatureException.*Signature expired/s,
  },
]

describe('on the wire', () => {
  for (const { what, status, says, ...request } of wireCases)
    test(what, async () => {
      const answer = await signedRequest(target, request, REGION)
      assert.equal(answer.status, status, answer.text)
      assert.match(`${answer.text} ${String(answer.headers['x-amzn-errortype'] ?? '')}`, says)
      // Every answer can be named when asking for help.
      assert.ok(answer.headers['x-amzn-requestid'] ?? answer.headers['x-amz-request-id'], 'a request id')
    })

  test('a signature with the wrong secret', async () => {
    const keys = { ...target.keys, secretAccessKey: 'x'.repeat(40) }
    const ofS3 = await signedRequest(target, { service: 's3', method: 'GET', path: '/kept', keys }, REGION)
    assert.equal(ofS3.status, 403)
    assert.match(ofS3.text, /<Code>SignatureDoesNotMatch<\/Code>/)
    const ofLogs = await signedRequest(target, { ...logsCall('DescribeLogGroups', '{}'), keys }, REGION)
    assert.equal(ofLogs.status, 400)
    assert.match(ofLogs.text, /InvalidSignatureException/)
  })

  test('a body over the limit', async () => {
    const large = await signedRequest(target, logsCall('PutLogEvents', Buffer.alloc(80 * MIB, 0x20)), REGION).catch(
      (error: unknown) => {
        // The server may hang up while the body is still on its way.
        assert.ok(
          error instanceof Error &&
            /ECONNRESET|EPIPE/.test(`${error.message} ${String((error as { code?: unknown }).code)}`),
          String(error),
        )
        return undefined
      },
    )
    if (large !== undefined) assert.equal(large.status, 413, large.text)
  })
})

describe('object keys', () => {
  const keys = [
    '../../etc/passwd',
    'a/../../b',
    '..',
    '.',
    './x',
    '/leading',
    '//double//slashes//',
    'trailing/',
    'a b+c%20d?e#f&g=h',
    'grüße/日本語/😀',
    'e\u0301',
    '\u00e9',
    'line\nbreak',
    'back\\slash',
    '<xml>&"\'',
    'x'.repeat(1024),
    'ü'.repeat(512),
  ]
  for (const key of keys)
    test(JSON.stringify(key.length > 60 ? `${key.slice(0, 20)}… (${key.length})` : key), async () => {
      const at = { Bucket: 'kept', Key: key }
      await buckets.send(new s3.PutObjectCommand({ ...at, Body: key }))
      const found = await buckets.send(new s3.GetObjectCommand(at))
      assert.equal(await found.Body?.transformToString(), key)
      const { Contents } = await buckets.send(new s3.ListObjectsV2Command({ Bucket: 'kept', Prefix: key }))
      assert.ok((Contents ?? []).some((object) => object.Key === key))
      await buckets.send(new s3.DeleteObjectCommand(at))
      await assert.rejects(buckets.send(new s3.GetObjectCommand(at)), { name: 'NoSuchKey' })
    })

  test('a key of 1025 bytes is refused', async () => {
    for (const Key of ['x'.repeat(1025), `${'ü'.repeat(512)}x`])
      await assert.rejects(buckets.send(new s3.PutObjectCommand({ Bucket: 'kept', Key, Body: '' })), {
        name: 'KeyTooLongError',
      })
  })

  test('NUL in a key and broken UTF-8', async () => {
    const put = (path: string): Promise<{ status: number; text: string }> =>
      signedRequest(
        target,
        { service: 's3', method: 'PUT', path, body: 'x', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
        REGION,
      )
    const nul = await put('/kept/a%00b')
    if (nul.status === 200) {
      const { Contents } = await buckets.send(
        new s3.ListObjectsV2Command({ Bucket: 'kept', Prefix: 'a', EncodingType: 'url' }),
      )
      assert.deepEqual(
        (Contents ?? []).map((object) => object.Key),
        ['a%00b'],
      )
    } else assert.equal(nul.status, 400, nul.text)
    assert.equal((await put('/kept/%FF%FE')).status, 400)
  })
})

type BadPackage = { readonly what: string; readonly zip: Buffer; readonly says: RegExp }

const LINK = 0o120777
const bomb = Buffer.alloc(40 * MIB)

const badPackages: readonly BadPackage[] = [
  { what: 'no zip', zip: Buffer.from('this is no zip'), says: /unzip|zip/i },
  { what: 'an empty zip', zip: zipOf([]), says: /empty|unzip/i },
  { what: 'a truncated zip', zip: zipOf({ 'index.mjs': 'x'.repeat(1000) }).subarray(0, 60), says: /unzip|zip/i },
  { what: 'a path that climbs', zip: zipOf([{ name: '../evil.mjs', content: 'x' }]), says: /evil|path|unzip/i },
  { what: 'an absolute path', zip: zipOf([{ name: '/etc/evil', content: 'x' }]), says: /evil|path|unzip/i },
  {
    what: 'a link that leads out',
    zip: zipOf([{ name: 'link', content: '../../../etc/passwd', mode: LINK }]),
    says: /link|unzip/i,
  },
  {
    what: 'a zip bomb',
    zip: zipOf(Array.from({ length: 8 }, (_, n): ZipEntry => ({ name: `${n}`, content: bomb }))),
    says: /grows more than 100 times|262144000/,
  },
  {
    what: 'a size that lies',
    zip: zipOf([{ name: 'index.mjs', content: 'x'.repeat(5000), claim: { bytes: 10 } }]),
    says: /size|unzip|zip/i,
  },
]

function create(name: string, zip: Buffer, more: Partial<lambda.CreateFunctionCommandInput> = {}): Promise<unknown> {
  return functions.send(
    new lambda.CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Role: role,
      Handler: 'index.handler',
      Code: { ZipFile: zip },
      ...more,
    }),
  )
}

describe('function packages', () => {
  for (const { what, zip, says } of badPackages)
    test(what, async () => {
      const started = performance.now()
      await assert.rejects(create('broken', zip), (error) => {
        assert.ok(error instanceof lambda.InvalidParameterValueException, String(error))
        assert.match(error.message, says)
        return true
      })
      assert.ok(performance.now() - started < 5000)
      // Refused means that nothing was made.
      await assert.rejects(functions.send(new lambda.GetFunctionCommand({ FunctionName: 'broken' })), {
        name: 'ResourceNotFoundException',
      })
    })
})

interface BadCode {
  readonly what: string
  readonly files: Readonly<Record<string, string>>
  readonly more?: Partial<lambda.CreateFunctionCommandInput>
  readonly errorType: string
  readonly says: RegExp
}

const badCode: readonly BadCode[] = [
  {
    what: 'a handler that is not exported',
    files: { 'index.mjs': 'export const other = 1' },
    errorType: 'Runtime.HandlerNotFound',
    says: /handler/,
  },
  {
    what: 'a module that is not there',
    files: { 'main.mjs': 'export const handler = 1' },
    errorType: 'Runtime.ImportModuleError',
    says: /index/,
  },
  {
    what: 'a syntax error',
    files: { 'index.mjs': 'export const handler = (' },
    errorType: 'Runtime.UserCodeSyntaxError',
    says: /Unexpected/,
  },
  {
    what: 'an import that is not there',
    files: { 'index.mjs': "import 'no-such-package'\nexport const handler = () => 1" },
    errorType: 'Runtime.ImportModuleError',
    says: /no-such-package/,
  },
  {
    what: 'a handler that is no function',
    files: { 'index.mjs': 'export const handler = 5' },
    errorType: 'Runtime.HandlerNotFound',
    says: /not a function|handler/,
  },
  {
    what: 'Python: a syntax error',
    files: { 'index.py': 'def handler(:' },
    more: { Runtime: 'python3.11' },
    errorType: 'Runtime.UserCodeSyntaxError',
    says: /[Ss]yntax/,
  },
  {
    what: 'Python: a handler that is not there',
    files: { 'index.py': 'x = 1' },
    more: { Runtime: 'python3.11' },
    errorType: 'Runtime.HandlerNotFound',
    says: /handler/,
  },
  {
    what: 'Python: a module that is not there',
    files: { 'main.py': 'x = 1' },
    more: { Runtime: 'python3.11' },
    errorType: 'Runtime.ImportModuleError',
    says: /index/,
  },
]

describe('function code', () => {
  for (const [index, { what, files, more, errorType, says }] of badCode.entries())
    test(what, async () => {
      const FunctionName = `bad-${index}`
      await create(FunctionName, zipOf(files), more)
      await lambda.waitUntilFunctionActiveV2({ client: functions, maxWaitTime: 20 }, { FunctionName })
      const answer = await functions.send(new lambda.InvokeCommand({ FunctionName, LogType: 'Tail' }))
      assert.equal(answer.StatusCode, 200)
      assert.equal(answer.FunctionError, 'Unhandled')
      const payload = JSON.parse(answer.Payload?.transformToString() ?? '') as {
        errorType: string
        errorMessage: string
      }
      assert.equal(payload.errorType, errorType)
      assert.match(payload.errorMessage, says)
    })

  test('a payload that is not JSON, or too large', async () => {
    await create('good', zipOf({ 'index.mjs': 'export const handler = async (event) => event' }))
    await lambda.waitUntilFunctionActiveV2({ client: functions, maxWaitTime: 20 }, { FunctionName: 'good' })
    await assert.rejects(
      functions.send(new lambda.InvokeCommand({ FunctionName: 'good', Payload: '{"a":' })),
      lambda.InvalidRequestContentException,
    )
    await assert.rejects(
      functions.send(new lambda.InvokeCommand({ FunctionName: 'good', Payload: JSON.stringify('x'.repeat(7 * MIB)) })),
      { name: 'RequestEntityTooLargeException' },
    )
    const { Payload } = await functions.send(new lambda.InvokeCommand({ FunctionName: 'good', Payload: '{"a":1}' }))
    assert.equal(Payload?.transformToString(), '{"a":1}')
  })
})
