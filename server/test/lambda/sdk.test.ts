// The unmodified AWS SDK for JavaScript v3 against a whole server: real cells, real wire.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  type InvokeCommandInput,
  type InvokeCommandOutput,
  ListTagsCommand,
  ListVersionsByFunctionCommand,
  paginateListFunctions,
  PublishVersionCommand,
  RequestTooLargeException,
  ResourceConflictException,
  ResourceNotFoundException,
  TagResourceCommand,
  UntagResourceCommand,
  TooManyRequestsException,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { deploy, DUMMY_CREDENTIALS, eventually, ROLE, startTestServer, type TestServer } from './server-fixture.ts'
import { zipOf } from './zip-file.ts'

let world: TestServer
before(async () => {
  world = await startTestServer({ asyncRetryDelaysMs: [30, 30] })
})
after(() => world.close())

async function invoke(
  FunctionName: string,
  event: unknown,
  more: Partial<InvokeCommandInput> = {},
): Promise<InvokeCommandOutput & { readonly value: unknown }> {
  const output = await world.client.send(
    new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)), ...more }),
  )
  const text = output.Payload?.transformToString() ?? ''
  return { ...output, value: text === '' ? undefined : JSON.parse(text) }
}

test('create, wait, invoke, update, wait, invoke, fetch the package, delete', async () => {
  const { client } = world
  await deploy(client, 'life', 'export const handler = async (event) => ({ version: 1, event })')
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 5 }, { FunctionName: 'life' })
  const first = await invoke('life', { n: 1 }, { LogType: 'Tail' })
  assert.deepEqual(first.value, { version: 1, event: { n: 1 } })
  assert.deepEqual([first.StatusCode, first.ExecutedVersion, first.FunctionError], [200, '$LATEST', undefined])
  const tail = Buffer.from(first.LogResult ?? '', 'base64').toString()
  assert.match(tail, /^START RequestId: [0-9a-f-]{36} Version: \$LATEST\n/)
  assert.match(
    tail,
    /REPORT RequestId: [0-9a-f-]{36}\tDuration: [0-9.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB/,
  )
  const ZipFile = zipOf({ 'index.mjs': 'export const handler = async () => ({ version: 2 })' })
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'life', ZipFile }))
  await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 5 }, { FunctionName: 'life' })
  assert.deepEqual((await invoke('life', {})).value, { version: 2 })
  const { Code, Configuration } = await client.send(new GetFunctionCommand({ FunctionName: 'life' }))
  assert.equal(Configuration?.State, 'Active')
  const fetched = await fetch(Code?.Location ?? '')
  assert.equal(fetched.status, 200)
  assert.deepEqual(Buffer.from(await fetched.arrayBuffer()), ZipFile)
  await client.send(new DeleteFunctionCommand({ FunctionName: 'life' }))
  await assert.rejects(invoke('life', {}), (error: unknown) => {
    assert.ok(error instanceof ResourceNotFoundException)
    assert.equal(error.Type, 'User')
    assert.equal(error.$metadata.httpStatusCode, 404)
    assert.equal(error.message, 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:life')
    return true
  })
})

test('TypeScript and Python run as they are', async () => {
  const { client } = world
  await deploy(client, 'typed', '', {
    Runtime: 'nodejs24.x',
    Code: {
      ZipFile: zipOf({
        'index.ts': 'export const handler = async (event: { n: number }): Promise<number> => event.n + 1',
      }),
    },
  })
  assert.equal((await invoke('typed', { n: 41 })).value, 42)
  await deploy(client, 'snake', '', {
    Runtime: 'python3.12',
    Handler: 'app.main.handler',
    Code: {
      ZipFile: zipOf({
        'app/main.py': 'def handler(event, context):\n    return {"n": event["n"] * 2, "f": context.function_name}',
      }),
    },
  })
  assert.deepEqual((await invoke('snake', { n: 21 })).value, { n: 42, f: 'snake' })
})

test('the handler sees its context and environment', async () => {
  await deploy(
    world.client,
    'context',
    `export const handler = async (event, context) => ({
      ...context, remaining: context.getRemainingTimeInMillis(), stage: process.env.STAGE, root: process.env.LAMBDA_TASK_ROOT, region: process.env.AWS_REGION, tz: process.env.TZ })`,
    { Environment: { Variables: { STAGE: 'test' } }, Timeout: 5, MemorySize: 256 },
  )
  const ClientContext = Buffer.from(JSON.stringify({ custom: { a: 'b' } })).toString('base64')
  const { value, $metadata } = await invoke('context', {}, { ClientContext })
  const { remaining, logStreamName, ...rest } = value as Record<string, unknown>
  assert.ok(Number(remaining) > 3000 && Number(remaining) <= 5000)
  assert.match(String(logStreamName), /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/)
  assert.deepEqual(rest, {
    functionName: 'context',
    functionVersion: '$LATEST',
    memoryLimitInMB: '256',
    logGroupName: '/aws/lambda/context',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:context',
    awsRequestId: $metadata.requestId,
    clientContext: { custom: { a: 'b' } },
    callbackWaitsForEmptyEventLoop: true,
    stage: 'test',
    root: '/var/task',
    region: 'us-east-1',
    tz: ':UTC',
  })
})

const FAILURES: readonly [string, string, RegExp, RegExp][] = [
  ['throws', 'throw new TypeError("broken")', /^TypeError$/, /^broken$/],
  ['exits', 'process.exit(7)', /^Runtime\.ExitError$/, /exit status 7$/],
  [
    'sleeps',
    'await new Promise((resolve) => setTimeout(resolve, 9000))',
    /^Sandbox\.Timedout$/,
    /after 1\.00 seconds$/,
  ],
  ['giant', 'return "x".repeat(7_000_000)', /^Function\.ResponseSizeTooLarge$/, /\(6291556 bytes\)\.$/],
]

for (const [name, body, type, message] of FAILURES)
  test(`a function that ${name} is Unhandled, and the next invocation is served`, async () => {
    await deploy(
      world.client,
      name,
      `export const handler = async (event) => { if (event.ok) return "fine"; ${body} }`,
      {
        Timeout: 1,
      },
    )
    const { value, FunctionError, StatusCode } = await invoke(name, {})
    const { errorType, errorMessage } = value as { errorType: string; errorMessage: string }
    assert.deepEqual([StatusCode, FunctionError], [200, 'Unhandled'])
    assert.match(errorType, type)
    assert.match(errorMessage, message)
    assert.equal((await invoke(name, { ok: true })).value, 'fine')
  })

test('broken code and missing handlers say what is wrong', async () => {
  await deploy(world.client, 'syntax', 'export const handler = async () => { const a = }')
  assert.equal(((await invoke('syntax', {})).value as { errorType: string }).errorType, 'Runtime.UserCodeSyntaxError')
  await deploy(world.client, 'missing', 'export const other = 1')
  const { errorType, errorMessage } = (await invoke('missing', {})).value as { errorType: string; errorMessage: string }
  assert.deepEqual([errorType, errorMessage], ['Runtime.HandlerNotFound', 'index.handler is undefined or not exported'])
})

test('versions keep their code and settings', async () => {
  const { client } = world
  await deploy(client, 'frozen', 'export const handler = async (e, c) => [1, c.functionVersion, c.invokedFunctionArn]')
  await client.send(new PublishVersionCommand({ FunctionName: 'frozen' }))
  const ZipFile = zipOf({ 'index.mjs': 'export const handler = async (e, c) => [2, c.functionVersion]' })
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'frozen', ZipFile }))
  assert.deepEqual((await invoke('frozen:1', {})).value, [
    1,
    '1',
    'arn:aws:lambda:us-east-1:000000000000:function:frozen:1',
  ])
  assert.deepEqual((await invoke('frozen', {}, { Qualifier: '$LATEST' })).value, [2, '$LATEST'])
  const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: 'frozen' }))
  assert.deepEqual(
    Versions?.map(({ Version }) => Version),
    ['$LATEST', '1'],
  )
})

test('the function reaches Mayfly with the SDK and its own credentials, without any configuration', async () => {
  await deploy(
    world.client,
    'caller',
    `import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
    const client = new LambdaClient({})
    export const handler = async () => {
      const { Functions } = await client.send(new ListFunctionsCommand({}))
      return { names: Functions.map((f) => f.FunctionName), key: process.env.AWS_ACCESS_KEY_ID }
    }`,
    { Timeout: 20, MemorySize: 512 },
  )
  const { value, FunctionError } = await invoke('caller', {})
  assert.equal(FunctionError, undefined, JSON.stringify(value))
  const { names, key } = value as { names: string[]; key: string }
  assert.ok(names.includes('caller'))
  assert.match(key, /^ASIA[A-Z2-7]{16}$/)
})

test('an Event is answered with 202 and runs; one that fails ends in the dead letters after three attempts', async () => {
  await deploy(world.client, 'later', 'export const handler = async (event) => { throw new Error("no " + event.id) }')
  const answer = await invoke('later', { id: 'abc' }, { InvocationType: 'Event' })
  assert.deepEqual([answer.StatusCode, answer.value, answer.FunctionError], [202, undefined, undefined])
  const letter = await eventually('the dead letter', async () => {
    const page = await (await fetch(`${world.endpoint}/_mayfly/dead-letters`)).json()
    return (
      page as { deadLetters: { arn: string; attempts: number; reason: string; payload: string }[] }
    ).deadLetters.find(({ arn }) => arn.endsWith('later'))
  })
  assert.equal(letter.attempts, 3)
  assert.match(letter.reason, /no abc/)
  assert.equal(letter.payload, '{"id":"abc"}')
})

test('DryRun runs nothing', async () => {
  await deploy(world.client, 'dry', 'export const handler = async () => 1')
  assert.equal((await invoke('dry', {}, { InvocationType: 'DryRun' })).StatusCode, 204)
})

test('policies and tags', async () => {
  const { client } = world
  await deploy(client, 'open', 'export const handler = async () => 1', { Tags: { a: '1' } })
  const FunctionName = 'open'
  const permission = { FunctionName, StatementId: 's3', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' }
  await client.send(new AddPermissionCommand({ ...permission, SourceArn: 'arn:aws:s3:::photos' }))
  await assert.rejects(client.send(new AddPermissionCommand(permission)), ResourceConflictException)
  const { Policy } = await client.send(new GetPolicyCommand({ FunctionName }))
  assert.equal(JSON.parse(Policy ?? '').Statement[0].Sid, 's3')
  const Resource = 'arn:aws:lambda:us-east-1:000000000000:function:open'
  await client.send(new TagResourceCommand({ Resource, Tags: { b: '2' } }))
  assert.deepEqual((await client.send(new ListTagsCommand({ Resource }))).Tags, { a: '1', b: '2' })
})

test('tags say where a function may connect to; a change holds at once, and a wrong one is refused', async () => {
  const { client } = world
  const call = `export const handler = () => new Promise((resolve, reject) => {
    http.get('http://169.254.169.254/latest/meta-data/', (answer) => {
      let text = ''; answer.on('data', (part) => (text += part)); answer.on('end', () => resolve(answer.statusCode + ' ' + text))
    }).on('error', reject) })`
  await deploy(client, 'walled', `import http from 'node:http'; ${call}`, { Tags: { 'mayfly:network': 'none' } })
  assert.match(String((await invoke('walled', {})).value), /^403 Mayfly: .*this function has no network/)
  const Resource = 'arn:aws:lambda:us-east-1:000000000000:function:walled'
  await client.send(new UntagResourceCommand({ Resource, TagKeys: ['mayfly:network'] }))
  assert.match(String((await invoke('walled', {})).value), /^403 Mayfly: .*never reachable from functions/)
  await assert.rejects(client.send(new TagResourceCommand({ Resource, Tags: { 'mayfly:network': 'open' } })), {
    name: 'InvalidParameterValueException',
    message: 'mayfly:network is open: it must be one of internet, allow-list, direct, none',
  })
})

test('a tag gives a function a network of its own, and takes it away; where it cannot be, the tag is refused', async () => {
  const { client } = world
  const Tags = { 'mayfly:network': 'direct', 'mayfly:egress': '10.0.0.7:5432' }
  const source = `import os from 'node:os'; export const handler = async () => [Object.keys(os.networkInterfaces()).sort(), 'HTTP_PROXY' in process.env]`
  const Resource = 'arn:aws:lambda:us-east-1:000000000000:function:direct'
  try {
    await deploy(client, 'direct', source, { Tags })
  } catch (error) {
    assert.match(
      String(error),
      /This server cannot give functions mayfly:network: direct: .*(apt-get install|root|tier A)/,
    )
    return
  }
  assert.deepEqual((await invoke('direct', {})).value, [['lo', 'uplink'], false])
  await client.send(new UntagResourceCommand({ Resource, TagKeys: ['mayfly:network', 'mayfly:egress'] }))
  assert.deepEqual((await invoke('direct', {})).value, [['lo'], true])
  await client.send(new TagResourceCommand({ Resource, Tags: { 'mayfly:network': 'direct' } }))
  assert.deepEqual((await invoke('direct', {})).value, [['lo', 'uplink'], false])
  const Listed = { 'mayfly:egress': 'api.example.com' }
  await assert.rejects(client.send(new TagResourceCommand({ Resource, Tags: Listed })), /the list opens private ones/)
})

test('lists are paged by the SDK', async () => {
  const names: string[] = []
  for await (const page of paginateListFunctions({ client: world.client, pageSize: 3 }, {})) {
    assert.ok((page.Functions?.length ?? 0) <= 3)
    names.push(...(page.Functions ?? []).map(({ FunctionName = '' }) => FunctionName))
  }
  assert.deepEqual(
    names,
    names.toSorted((a, b) => (a < b ? -1 : 1)),
  )
  assert.ok(names.length > 6)
})

test('bad input: each answers with the code of AWS', async () => {
  const { client } = world
  const create = (more: object): Promise<unknown> => deploy(client, 'bad', 'x', more)
  const codeOf = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'no error',
      (error: Error) => `${error.name}: ${error.message}`,
    )
  assert.match(
    await codeOf(create({ Code: { ZipFile: Buffer.from('no zip') } })),
    /^InvalidParameterValueException: Could not unzip uploaded file/,
  )
  assert.match(
    await codeOf(create({ MemorySize: 1 })),
    /^ValidationException: 1 validation error detected: Value '1' at/,
  )
  assert.match(await codeOf(create({ Runtime: 'cobol' })), /^InvalidParameterValueException: Value cobol at 'runtime'/)
  assert.match(
    await codeOf(create({ Code: { S3Bucket: 'no-such-bucket-here', S3Key: 'k' } })),
    /^InvalidParameterValueException: Error occurred while GetObject\. S3 Error Code: NoSuchBucket/,
  )
  await deploy(client, 'good', 'export const handler = async (event) => event')
  const updated = client.send(
    new UpdateFunctionConfigurationCommand({ FunctionName: 'good', Timeout: 5, RevisionId: 'other' }),
  )
  assert.match(await codeOf(updated), /^PreconditionFailedException: The Revision Id/)
  assert.match(
    await codeOf(client.send(new InvokeCommand({ FunctionName: 'good', Payload: Buffer.from('{') }))),
    /^InvalidRequestContentException: Could not parse request body into json/,
  )
  const large = client.send(
    new InvokeCommand({ FunctionName: 'good', Payload: Buffer.from(`"${'x'.repeat(6 * 1024 * 1024)}"`) }),
  )
  await assert.rejects(large, (error: Error & { $metadata: { httpStatusCode: number } }) => {
    assert.ok(error instanceof RequestTooLargeException || error.name === 'RequestEntityTooLargeException')
    assert.equal(error.$metadata.httpStatusCode, 413)
    assert.match(error.message, /Request must be smaller than 6291456 bytes for the InvokeFunction operation/)
    return true
  })
  assert.equal((await invoke('good', 'still here')).value, 'still here')
})

test('what a function printed can be read as CloudWatch Logs', async () => {
  const { logs } = world
  await deploy(
    world.client,
    'talks',
    'export const handler = async (event) => { console.log("got", event.word); return 1 }',
  )
  const { $metadata } = await invoke('talks', { word: 'apple' })
  await invoke('talks', { word: 'pear' })
  const logGroupName = '/aws/lambda/talks'
  const lines = await eventually('the lines', async () => {
    const found = await logs
      .send(new FilterLogEventsCommand({ logGroupName }))
      .catch((error: Error) => (error.name === 'ResourceNotFoundException' ? undefined : Promise.reject(error)))
    const messages = (found?.events ?? []).map(({ message = '' }) => message)
    return messages.filter((message) => message.startsWith('REPORT')).length === 2 ? messages : undefined
  })
  assert.match(lines[0] ?? '', /^INIT_START Runtime Version: nodejs:22\t/)
  // An invocation that comes while the first instance is still loading starts another.
  const said = lines.filter((line) => !line.startsWith('INIT_START'))
  assert.equal(said[0], `START RequestId: ${$metadata.requestId} Version: $LATEST\n`)
  assert.match(said[1] ?? '', new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z\t${$metadata.requestId}\tINFO\tgot apple\n$`))
  assert.equal(said[2], `END RequestId: ${$metadata.requestId}\n`)
  assert.match(
    said[3] ?? '',
    /^REPORT RequestId: [0-9a-f-]+\tDuration: [0-9.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\t(Init Duration: [0-9.]+ ms\t)?(CPU Time: [0-9.]+ ms\t)?Wait Time: [0-9.]+ ms\tBytes In: \d+\tBytes Out: \d+\n$/,
  )
  assert.equal(said.length, 8)
  const filtered = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: '"got pear"' }))
  assert.equal(filtered.events?.length, 1)
})

test('code comes from a bucket', async () => {
  const s3 = new S3Client({
    endpoint: world.endpoint,
    region: 'us-east-1',
    credentials: DUMMY_CREDENTIALS,
    forcePathStyle: true,
  })
  const Body = zipOf({ 'index.mjs': 'export const handler = async () => "from a bucket"' })
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }))
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'v1/function.zip', Body }))
  const Code = { S3Bucket: 'code', S3Key: 'v1/function.zip' }
  await deploy(world.client, 'stored', '', { Code })
  assert.equal((await invoke('stored', {})).value, 'from a bucket')
  const missing = world.client.send(
    new UpdateFunctionCodeCommand({ FunctionName: 'stored', S3Bucket: 'code', S3Key: 'v2/function.zip' }),
  )
  await assert.rejects(missing, (error: Error) => {
    assert.equal(
      `${error.name}: ${error.message}`,
      'InvalidParameterValueException: Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.',
    )
    return true
  })
  s3.destroy()
})

test('the answer of Invoke on the wire: body as it is, the rest in headers', async () => {
  await deploy(
    world.client,
    'raw',
    'export const handler = async (event) => { if (event.bad) throw new Error("x"); return "ü" }',
  )
  const post = (body: string, more: Record<string, string> = {}): Promise<Response> =>
    fetch(`${world.endpoint}/2015-03-31/functions/raw/invocations`, {
      method: 'POST',
      body,
      headers: {
        authorization:
          'AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0',
        ...more,
      },
    })
  const fine = await post('{}', { 'x-amz-log-type': 'Tail' })
  assert.equal(await fine.text(), '"ü"')
  assert.equal(fine.headers.get('x-amz-executed-version'), '$LATEST')
  assert.equal(fine.headers.get('x-amz-function-error'), null)
  assert.match(Buffer.from(fine.headers.get('x-amz-log-result') ?? '', 'base64').toString(), /^START RequestId/)
  assert.match(fine.headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/)
  const failed = await post('{"bad":1}')
  assert.deepEqual([failed.status, failed.headers.get('x-amz-function-error')], [200, 'Unhandled'])
  const later = await post('{}', { 'x-amz-invocation-type': 'Event' })
  assert.deepEqual([later.status, await later.text()], [202, ''])
  const broken = await post('{')
  assert.deepEqual([broken.status, broken.headers.get('x-amzn-errortype')], [400, 'InvalidRequestContentException'])
})

test('no room is TooManyRequestsException', async () => {
  const narrow = await startTestServer({ concurrencyMax: 0 })
  try {
    await deploy(narrow.client, 'busy', 'export const handler = async () => 1')
    await assert.rejects(narrow.client.send(new InvokeCommand({ FunctionName: 'busy' })), (error: unknown) => {
      assert.ok(error instanceof TooManyRequestsException)
      assert.equal(error.Reason, 'ConcurrentInvocationLimitExceeded')
      assert.equal(error.$metadata.httpStatusCode, 429)
      assert.equal(error.retryAfterSeconds, '1')
      return true
    })
  } finally {
    await narrow.close()
  }
})

test('a large package arrives whole', async () => {
  const { client } = world
  const noise = Buffer.alloc(8 * 1024 * 1024, 'some text that is not too easy to pack ')
  for (let index = 0; index < noise.length; index += 40) noise.writeUInt32LE((index * 2_654_435_761) >>> 0, index)
  const ZipFile = zipOf([
    {
      name: 'index.mjs',
      content: `import { statSync } from 'node:fs'; export const handler = async () => statSync('/var/task/noise.bin').size`,
    },
    { name: 'noise.bin', content: noise, stored: true },
  ])
  await client.send(
    new CreateFunctionCommand({
      FunctionName: 'large',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code: { ZipFile },
    }),
  )
  assert.equal((await invoke('large', {})).value, noise.length)
})

test('a reset forgets functions and events, and the same names can be used again', async () => {
  const fresh = await startTestServer({ asyncRetryDelaysMs: [60_000] })
  try {
    await deploy(
      fresh.client,
      'again',
      'export const handler = async (event) => { if (event.fail) throw new Error("no"); return "old" }',
    )
    const FunctionName = 'again'
    assert.equal((await fresh.client.send(new InvokeCommand({ FunctionName }))).Payload?.transformToString(), '"old"')
    const Payload = Buffer.from('{"fail":true}')
    await fresh.client.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }))
    assert.equal((await fetch(`${fresh.endpoint}/_mayfly/reset`, { method: 'POST' })).status, 200)
    await assert.rejects(fresh.client.send(new InvokeCommand({ FunctionName })), ResourceNotFoundException)
    await deploy(fresh.client, 'again', 'export const handler = async () => "new"')
    assert.equal((await fresh.client.send(new InvokeCommand({ FunctionName }))).Payload?.transformToString(), '"new"')
    const health = (await (await fetch(`${fresh.endpoint}/_mayfly/health`)).json()) as { delivery: { pending: number } }
    assert.equal(health.delivery.pending, 0)
  } finally {
    await fresh.close()
  }
})
