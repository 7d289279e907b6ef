// Unmodified clients against a server that verifies signatures: the JavaScript SDK, Debian's aws and boto3 (older wire
// formats), curl, and plain fetch with presigned URLs. Each must get through with the right key, and be told what is
// wrong, in the words that it knows, with any other.
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch'
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { KinesisClient, ListStreamsCommand } from '@aws-sdk/client-kinesis'
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { closeServers, type Ended, openServer, runClient, type TestServer } from './running-server.ts'

const REGION = 'eu-central-1'
let running: TestServer
let s3: S3Client

before(async () => {
  running = await openServer({ mode: 'start' })
  s3 = new S3Client(settings())
  await s3.send(new CreateBucketCommand({ Bucket: 'gate' }))
  await s3.send(new PutObjectCommand({ Bucket: 'gate', Key: 'hello.txt', Body: 'hello' }))
})

after(closeServers)

interface Settings {
  readonly endpoint: string
  readonly region: string
  readonly maxAttempts: number
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
}

function settings(credentials: Partial<Settings['credentials']> = {}): Settings {
  return {
    endpoint: running.endpoint,
    region: REGION,
    maxAttempts: 1,
    credentials: { ...running.credentials, ...credentials },
  }
}

/** Name and status of the error that a call ends with. */
async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'no error'
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } }
    return `${name} ${$metadata?.httpStatusCode}`
  }
}

test('JavaScript SDK: objects in and out, also streamed and in virtual-host style', async () => {
  const big = Buffer.alloc(3_000_000, 'mayfly')
  // A stream of unknown hash goes out in aws-chunked form with a trailing checksum.
  const pieces = function* (): Generator<Buffer> {
    for (let at = 0; at < big.length; at += 65_536) yield big.subarray(at, at + 65_536)
  }
  await s3.send(
    new PutObjectCommand({ Bucket: 'gate', Key: 'big', Body: Readable.from(pieces()), ContentLength: big.length }),
  )
  const got = await s3.send(new GetObjectCommand({ Bucket: 'gate', Key: 'big' }))
  assert.deepEqual(Buffer.from((await got.Body?.transformToByteArray()) ?? []), big)
  const head = await s3.send(new HeadObjectCommand({ Bucket: 'gate', Key: 'hello.txt' }))
  assert.equal(head.ContentLength, 5)
  const answer = await s3.send(new ListBucketsCommand({}))
  assert.match(answer.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/)
  assert.ok(answer.$metadata.extendedRequestId)
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'gate', Key: 'hello.txt' }))
  const virtual = new S3Client({
    ...settings(),
    endpoint: `http://s3.${REGION}.mayfly.localhost:${running.server.port}`,
  })
  const virtualUrl = new URL(await getSignedUrl(virtual, new GetObjectCommand({ Bucket: 'gate', Key: 'hello.txt' })))
  assert.match(virtualUrl.host, /^gate\.s3\./)
  const { stdout } = await runClient('curl', [
    '-s',
    '--resolve',
    `${virtualUrl.hostname}:${virtualUrl.port}:127.0.0.1`,
    virtualUrl.href,
  ])
  assert.equal(stdout, 'hello')
  assert.equal(await (await fetch(url)).text(), 'hello')
})

test('JavaScript SDK: what is not built says so, in every protocol', async () => {
  const calls: Record<string, Promise<unknown>> = {
    json: new SFNClient(settings()).send(new ListStateMachinesCommand({})),
    query: new CloudFormationClient(settings()).send(new ListStacksCommand({})),
    'HTTP/2': new KinesisClient(settings()).send(new ListStreamsCommand({})),
    cloudwatch: new CloudWatchClient(settings()).send(new ListMetricsCommand({})),
  }
  const told = await Promise.all(Object.entries(calls).map(async ([name, call]) => `${name}: ${await failure(call)}`))
  assert.deepEqual(
    told,
    Object.keys(calls).map((name) => `${name}: NotImplemented 501`),
  )
})

test('JavaScript SDK: callers that are not believed', async () => {
  const key = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }
  const secret = { secretAccessKey: 'wrong' }
  const token = { sessionToken: 'made up' }
  const calls = (credentials: Partial<Settings['credentials']>): Promise<string>[] => [
    failure(new S3Client(settings(credentials)).send(new ListBucketsCommand({}))),
    failure(new DynamoDBClient(settings(credentials)).send(new ListTablesCommand({}))),
    failure(new LambdaClient(settings(credentials)).send(new ListFunctionsCommand({}))),
    failure(new SNSClient(settings(credentials)).send(new ListTopicsCommand({}))),
    failure(new KinesisClient(settings(credentials)).send(new ListStreamsCommand({}))),
  ]
  assert.deepEqual(await Promise.all(calls(key)), [
    'InvalidAccessKeyId 403',
    'UnrecognizedClientException 400',
    'UnrecognizedClientException 403',
    'InvalidClientTokenId 403',
    'UnrecognizedClientException 400',
  ])
  assert.deepEqual(await Promise.all(calls(secret)), [
    'SignatureDoesNotMatch 403',
    'InvalidSignatureException 400',
    'InvalidSignatureException 403',
    'SignatureDoesNotMatch 403',
    'InvalidSignatureException 400',
  ])
  assert.deepEqual(await Promise.all(calls(token)), [
    'InvalidToken 400',
    'UnrecognizedClientException 400',
    'UnrecognizedClientException 403',
    'InvalidClientTokenId 403',
    'UnrecognizedClientException 400',
  ])
})

test('a clock that is off is told so', async () => {
  const off = 20 * 60 * 1000
  const late = new S3Client({ ...settings(), systemClockOffset: -off })
  assert.equal(await failure(late.send(new ListBucketsCommand({}))), 'RequestTimeTooSkewed 403')
  const early = new DynamoDBClient({ ...settings(), systemClockOffset: off })
  assert.equal(await failure(early.send(new ListTablesCommand({}))), 'InvalidSignatureException 400')
})

test('presigned URLs in plain fetch: get, put, tampered, expired', async () => {
  const get = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'gate', Key: 'hello.txt' }), { expiresIn: 60 })
  assert.equal(await (await fetch(get)).text(), 'hello')
  const put = await getSignedUrl(s3, new PutObjectCommand({ Bucket: 'gate', Key: 'put.txt' }), { expiresIn: 60 })
  assert.equal((await fetch(put, { method: 'PUT', body: 'by fetch' })).status, 200)
  const code = async (url: string, init: RequestInit = {}): Promise<string> => {
    const answer = await fetch(url, init)
    return `${answer.status} ${/<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1]}`
  }
  assert.equal(await code(get.replace('hello.txt', 'other.txt')), '403 SignatureDoesNotMatch')
  assert.equal(
    await code(put.replace('put.txt', 'put2.txt'), { method: 'PUT', body: 'x' }),
    '403 SignatureDoesNotMatch',
  )
  assert.equal(await code(get, { method: 'DELETE' }), '403 SignatureDoesNotMatch')
  assert.equal(await code(get, { headers: { 'x-amz-acl': 'public-read' } }), '403 AccessDenied')
  assert.equal(
    await code(get.replace('X-Amz-Expires=60', 'X-Amz-Expires=604801')),
    '400 AuthorizationQueryParametersError',
  )
  assert.equal(await code(get.replace('&X-Amz-Expires=60', '')), '400 AuthorizationQueryParametersError')
  const old = await getSignedUrl(s3, new GetObjectCommand({ Bucket: 'gate', Key: 'hello.txt' }), {
    expiresIn: 60,
    signingDate: new Date(Date.now() - 120_000),
  })
  const expired = await fetch(old)
  assert.equal(expired.status, 403)
  assert.match(await expired.text(), /<Code>AccessDenied<\/Code><Message>Request has expired<\/Message>/)
  assert.equal(await code(`${running.endpoint}/gate/hello.txt`), '403 AccessDenied')
})

test('a body is held to its hash, its length and its digests', async () => {
  const put = (headers: Record<string, string>, body: string): Promise<Response> =>
    fetch(`${running.endpoint}/gate/checked`, {
      method: 'PUT',
      body,
      headers: signedHeaders('PUT', '/gate/checked', headers),
    })
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
  assert.equal((await put({ 'x-amz-content-sha256': sha256('abc') }, 'abc')).status, 200)
  const wrong = await put({ 'x-amz-content-sha256': sha256('abc') }, 'abd')
  assert.equal(wrong.status, 400)
  assert.match(await wrong.text(), /XAmzContentSHA256Mismatch/)
  const digest = await put(
    { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' },
    'abc',
  )
  assert.match(await digest.text(), /BadDigest/)
  const missing = await put({}, 'abc')
  assert.match(await missing.text(), /Missing required header for this request: x-amz-content-sha256/)
})

/** A small signer of our own for requests that the SDK would not send. */
function signedHeaders(method: string, path: string, given: Record<string, string>): Record<string, string> {
  const amzDate = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const date = amzDate.slice(0, 8)
  const headers: Record<string, string> = { ...given, host: new URL(running.endpoint).host, 'x-amz-date': amzDate }
  const names = Object.keys(headers).toSorted()
  const list = names.join(';')
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('')
  const hash = headers['x-amz-content-sha256'] ?? createHash('sha256').update('').digest('hex')
  const canonical = `${method}\n${path}\n\n${lines}\n${list}\n${hash}`
  const scope = `${date}/${REGION}/s3/aws4_request`
  const toSign = `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const { accessKeyId, secretAccessKey } = running.credentials
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), REGION), 's3'), 'aws4_request')
  const signature = hmac(key, toSign).toString('hex')
  const { host: _host, ...sent } = headers
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${list}, Signature=${signature}`,
  }
}

function aws(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return runClient('/usr/bin/aws', ['--endpoint-url', running.endpoint, '--region', REGION, ...args], {
    env: {
      AWS_ACCESS_KEY_ID: running.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: running.credentials.secretAccessKey,
      ...env,
    },
  })
}

const withAws = { skip: existsSync('/usr/bin/aws') ? false : 'this machine has no /usr/bin/aws (Debian: awscli)' }

test("Debian's aws: copies in parts, lists, errors of the query protocol", withAws, async () => {
  const file = join(tmpdir(), `mayfly-aws-${process.pid}.bin`)
  await writeFile(file, Buffer.alloc(20_000_000, 'aws'))
  try {
    const put = await aws(['s3', 'cp', file, 's3://gate/aws.bin', '--no-progress'])
    assert.equal(put.status, 0, put.stderr)
    const list = await aws(['s3', 'ls', 's3://gate/aws'])
    assert.match(list.stdout, /20000000 aws\.bin/)
  } finally {
    await rm(file)
  }
  assert.equal((await aws(['sqs', 'list-queues'])).status, 0)
  const stacks = await aws(['cloudformation', 'list-stacks'])
  assert.match(
    stacks.stderr,
    /\(NotImplemented\) when calling the ListStacks operation: Mayfly does not have cloudformation ListStacks yet/,
  )
  const wrong = await aws(['sqs', 'list-queues'], { AWS_SECRET_ACCESS_KEY: 'wrong' })
  assert.match(wrong.stderr, /\(SignatureDoesNotMatch\)/)
  const unsigned = await aws(['--no-sign-request', 's3', 'ls', 's3://gate'])
  assert.match(unsigned.stderr, /\(AccessDenied\) when calling the ListObjectsV2 operation: Access Denied/)
})

const BOTO = `
import boto3, botocore, json, os, urllib.request, urllib.error
endpoint = os.environ['ENDPOINT']
out = {'version': botocore.__version__}
s3 = boto3.client('s3', endpoint_url=endpoint, region_name='us-east-1')
url = s3.generate_presigned_url('get_object', Params={'Bucket': 'gate', 'Key': 'hello.txt'}, ExpiresIn=60)
out['v2'] = 'AWSAccessKeyId' in url
out['got'] = urllib.request.urlopen(url).read().decode()
put = s3.generate_presigned_url('put_object', Params={'Bucket': 'gate', 'Key': 'boto v2 ä.txt', 'ContentType': 'text/plain', 'Metadata': {'a': 'b'}}, ExpiresIn=60)
request = urllib.request.Request(put, data=b'by boto', method='PUT', headers={'Content-Type': 'text/plain', 'x-amz-meta-a': 'b'})
out['put'] = urllib.request.urlopen(request).status
def code(call):
    try:
        call()
        return 'no error'
    except botocore.exceptions.ClientError as error:
        return error.response['Error']['Code'] + ' ' + str(error.response['ResponseMetadata']['HTTPStatusCode'])
    except urllib.error.HTTPError as error:
        return str(error.code) + ' ' + error.read().decode().split('<Code>')[1].split('<')[0]
out['tampered'] = code(lambda: urllib.request.urlopen(url.replace('hello.txt', 'other.txt')))
out['forged expiry'] = code(lambda: urllib.request.urlopen(url.replace('Expires=', 'Expires=9')))
no_retry = botocore.config.Config(retries={'max_attempts': 1})
for name, call in [('sqs', 'list_queues'), ('cloudwatch', 'list_metrics'), ('dynamodb', 'list_tables'), ('sns', 'list_topics')]:
    out[name] = code(getattr(boto3.client(name, endpoint_url=endpoint, config=no_retry), call))
    wrong = boto3.client(name, endpoint_url=endpoint, config=no_retry, aws_secret_access_key='wrong', aws_access_key_id=os.environ['AWS_ACCESS_KEY_ID'])
    out[name + ' wrong'] = code(getattr(wrong, call))
s3.put_object(Bucket='gate', Key='a b+c/\\u00e4', Body=b'x' * 100000, Metadata={'k': 'v'})
out['meta'] = s3.head_object(Bucket='gate', Key='a b+c/\\u00e4')['Metadata']
v4 = boto3.client('s3', endpoint_url=endpoint, config=botocore.config.Config(signature_version='s3v4'))
out['v4'] = urllib.request.urlopen(v4.generate_presigned_url('get_object', Params={'Bucket': 'gate', 'Key': 'a b+c/\\u00e4'})).status
print(json.dumps(out))
`

const withBoto = {
  skip: existsSync('/usr/lib/python3/dist-packages/boto3') ? false : 'no boto3 (Debian: python3-boto3)',
}

test("Debian's boto3: SigV2 presigned URLs, query protocols, odd keys", withBoto, async () => {
  const ended = await runClient('/usr/bin/python3', ['-c', BOTO], {
    env: {
      ENDPOINT: running.endpoint,
      AWS_ACCESS_KEY_ID: running.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: running.credentials.secretAccessKey,
      AWS_DEFAULT_REGION: REGION,
    },
  })
  assert.equal(ended.status, 0, ended.stderr)
  const { version, ...out } = JSON.parse(ended.stdout)
  assert.match(version, /^\d/)
  assert.deepEqual(out, {
    v2: true,
    got: 'hello',
    put: 200,
    tampered: '403 SignatureDoesNotMatch',
    'forged expiry': '403 SignatureDoesNotMatch',
    sqs: 'no error',
    'sqs wrong': 'SignatureDoesNotMatch 403',
    cloudwatch: 'NotImplemented 501',
    'cloudwatch wrong': 'SignatureDoesNotMatch 403',
    dynamodb: 'no error',
    'dynamodb wrong': 'InvalidSignatureException 400',
    sns: 'no error',
    'sns wrong': 'SignatureDoesNotMatch 403',
    meta: { k: 'v' },
    v4: 200,
  })
})

test('curl with --aws-sigv4', async () => {
  const { accessKeyId, secretAccessKey } = running.credentials
  const curl = async (secret: string, service: string, args: readonly string[]): Promise<string> => {
    const sign = ['--aws-sigv4', `aws:amz:${REGION}:${service}`, '--user', `${accessKeyId}:${secret}`]
    return (await runClient('curl', ['-s', ...sign, ...args])).stdout
  }
  const empty = createHash('sha256').update('').digest('hex')
  const url = `${running.endpoint}/gate/hello.txt`
  assert.equal(await curl(secretAccessKey, 's3', ['-H', `x-amz-content-sha256: ${empty}`, url]), 'hello')
  assert.match(await curl('wrong', 's3', ['-H', `x-amz-content-sha256: ${empty}`, url]), /<Code>SignatureDoesNotMatch</)
  const form = ['-d', 'Action=ListTopics&Version=2010-03-31', `${running.endpoint}/`]
  assert.match(await curl(secretAccessKey, 'sns', form), /<ListTopicsResult>/)
  assert.match(await curl('wrong', 'sns', form), /<Code>SignatureDoesNotMatch<\/Code>/)
  assert.match(await curl(secretAccessKey, 'sqs', form), /<Code>/)
})

test('a hundred thousand brackets, broken XML, broken forms: 400 and no more', async () => {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.GetItem' }
  const dev = await openServer({ mode: 'dev' })
  for (const body of ['['.repeat(100_000), '{"a":'.repeat(100_000), '{', 'nonsense', '"\u0000"']) {
    const answer = await fetch(dev.endpoint, { method: 'POST', headers, body })
    assert.ok(answer.status === 400 || answer.status === 501, `${answer.status} for ${body.slice(0, 20)}`)
    await answer.text()
  }
  const created = await fetch(`${dev.endpoint}/broken`, { method: 'PUT', body: '<CreateBucketConfiguration><oops>' })
  assert.equal(created.status, 400)
  assert.match(await created.text(), /MalformedXML/)
  const bomb = '<!DOCTYPE a [<!ENTITY b "b">]><CreateBucketConfiguration>&b;</CreateBucketConfiguration>'
  assert.equal((await fetch(`${dev.endpoint}/broken`, { method: 'PUT', body: bomb })).status, 400)
  const lambda = await fetch(`${dev.endpoint}/2015-03-31/functions`, { method: 'POST', body: '{"FunctionName":' })
  assert.equal(lambda.status, 400)
  const unknown = await fetch(dev.endpoint, {
    method: 'POST',
    headers: { ...headers, 'x-amz-target': 'DynamoDB_20120810.Fly' },
    body: '{}',
  })
  assert.equal(unknown.status, 400)
  assert.match(await unknown.text(), /UnknownOperationException/)
})

test('CBOR clients get their errors in CBOR', async () => {
  const answer = await fetch(`${running.endpoint}/service/GraniteServiceVersion20100801/operation/ListMetrics`, {
    method: 'POST',
    headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor', accept: 'application/cbor' },
    body: Buffer.from([0xa0]),
  })
  assert.equal(answer.headers.get('smithy-protocol'), 'rpc-v2-cbor')
  assert.equal(answer.headers.get('content-type'), 'application/cbor')
  assert.equal(answer.status, 400)
  assert.match(
    Buffer.from(await answer.arrayBuffer()).toString('latin1'),
    /__type.*MissingAuthenticationTokenException/,
  )
})
