// Function URLs over plain HTTP: events and answers, who may call, CORS, and what goes wrong.
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionUrlConfigsCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  UpdateFunctionUrlConfigCommand,
} from '@aws-sdk/client-lambda'
import { SignatureV4 } from '@smithy/signature-v4'
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { makeRole, openServer, REGION, type TestServer } from '../conformance/server-kit.ts'
import { Sha256 } from '../conformance/signed-request.ts'
import { deploy } from './server-fixture.ts'

const SOURCE = `export const handler = async (event) => {
  switch (event.rawPath) {
    case '/plain': return 'just text'
    case '/object': return { some: 'object' }
    case '/throws': throw new Error('no')
    case '/bad': return { statusCode: 'none' }
    case '/split': return { statusCode: 200, headers: { 'x-evil': 'a\\r\\nx-injected: 1' }, body: '' }
    case '/image': return {
      statusCode: 201,
      headers: { 'Content-Type': 'image/png', 'X-Two': 2, 'access-control-allow-origin': 'https://function' },
      cookies: ['a=1; Path=/', 'b=2'],
      body: 'AAECAw==',
      isBase64Encoded: true,
    }
  }
  return { statusCode: 200, body: JSON.stringify(event) }
}`

let world: TestServer
let client: LambdaClient
before(async () => {
  world = await openServer({ readyCells: { node: { small: 1 }, python: {} } })
  client = new LambdaClient(world.sdk)
  const Role = await makeRole(world, 'site-role')
  for (const name of ['site', 'private', 'changing']) await deploy(client, name, SOURCE, { Role, Publish: true })
})
after(async () => {
  client.destroy()
  await world[Symbol.asyncDispose]()
})

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** A request to the URL's host, which no name server of this machine knows. */
function send(
  url: string,
  options: {
    readonly method?: string
    readonly headers?: Record<string, string>
    readonly body?: string | Buffer
  } = {},
): Promise<Answer> {
  const { host, pathname, search } = new URL(url)
  const { hostname, port } = new URL(world.endpoint)
  const { method = 'GET', headers = {}, body } = options
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path: pathname + search, headers: { ...headers, host } }, (got) => {
      const chunks: Buffer[] = []
      got.on('data', (chunk: Buffer) => chunks.push(chunk))
      got.once('error', reject)
      got.on('end', () => resolve({ status: got.statusCode, headers: got.headers, body: Buffer.concat(chunks) }))
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

async function open(more: Partial<CreateFunctionUrlConfigCommandInput> = {}): Promise<string> {
  const input = { FunctionName: 'site', AuthType: 'NONE' as const, ...more }
  const { FunctionUrl = '' } = await client.send(new CreateFunctionUrlConfigCommand(input))
  if (input.AuthType === 'NONE')
    await client.send(
      new AddPermissionCommand({
        FunctionName: input.FunctionName,
        ...(input.Qualifier !== undefined && { Qualifier: input.Qualifier }),
        StatementId: 'public',
        Action: 'lambda:InvokeFunctionUrl',
        Principal: '*',
        FunctionUrlAuthType: 'NONE',
      }),
    )
  return FunctionUrl
}

test('a public URL gives the function the request in payload format 2.0', async () => {
  const url = await open()
  assert.match(url, new RegExp(`^http://[a-z0-9]{32}\\.lambda-url\\.${REGION}\\.localhost:\\d+/$`))
  const body = JSON.stringify({ n: 1 })
  const headers = {
    'Content-Type': 'application/json',
    cookie: 'a=1; b=2',
    authorization: 'Bearer mine',
    'X-Own': 'yes',
  }
  const answer = await send(`${url}some/p%20ath?a=1&a=2&b=%26`, { method: 'POST', headers, body })
  assert.equal(answer.status, 200)
  const event = JSON.parse(answer.body.toString())
  assert.deepEqual(
    [
      event.version,
      event.routeKey,
      event.rawPath,
      event.rawQueryString,
      event.cookies,
      event.body,
      event.isBase64Encoded,
    ],
    ['2.0', '$default', '/some/p ath', 'a=1&a=2&b=%26', ['a=1', 'b=2'], body, false],
  )
  assert.deepEqual(event.queryStringParameters, { a: '1,2', b: '&' })
  assert.deepEqual([event.headers['x-own'], event.headers.authorization], ['yes', 'Bearer mine'])
  const { requestContext } = event
  assert.deepEqual(
    [requestContext.accountId, requestContext.http.method, requestContext.http.sourceIp, requestContext.stage],
    ['anonymous', 'POST', '127.0.0.1', '$default'],
  )
  assert.equal(requestContext.apiId, new URL(url).hostname.split('.')[0])
  assert.equal(requestContext.requestId, answer.headers['x-amzn-requestid'])
  assert.match(requestContext.time, /^\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} \+0000$/)
  const binary = await send(url, {
    method: 'PUT',
    headers: { 'content-type': 'image/png' },
    body: Buffer.from([0, 255]),
  })
  const seen = JSON.parse(binary.body.toString())
  assert.deepEqual([seen.body, seen.isBase64Encoded], ['AP8=', true])
})

test('results become answers: with a status code as they say, without one as JSON', async () => {
  const { FunctionUrl: url = '' } = await client.send(new GetFunctionUrlConfigCommand({ FunctionName: 'site' }))
  const image = await send(`${url}image`)
  assert.deepEqual([image.status, image.headers['content-type'], image.headers['x-two']], [201, 'image/png', '2'])
  assert.deepEqual(image.headers['set-cookie'], ['a=1; Path=/', 'b=2'])
  assert.deepEqual(image.body, Buffer.from([0, 1, 2, 3]))
  const plain = await send(`${url}plain`)
  assert.deepEqual(
    [plain.status, plain.headers['content-type'], plain.body.toString()],
    [200, 'application/json', 'just text'],
  )
  assert.equal((await send(`${url}object`)).body.toString(), '{"some":"object"}')
  for (const path of ['throws', 'bad']) {
    const failed = await send(url + path)
    assert.deepEqual([failed.status, failed.body.toString()], [502, '{"Message":"Internal Server Error"}'])
  }
  const split = await send(`${url}split`)
  assert.deepEqual([split.status, split.headers['x-evil'], split.headers['x-injected']], [200, undefined, undefined])
  const large = await send(url, { method: 'POST', body: Buffer.alloc(6 * 1024 * 1024 + 1) })
  assert.equal(large.status, 413)
})

test('without a permission a public URL answers Forbidden, and so does a host that is nobody’s', async () => {
  const input = { FunctionName: 'changing', AuthType: 'NONE' as const }
  const { FunctionUrl: url = '' } = await client.send(new CreateFunctionUrlConfigCommand(input))
  const forbidden = [403, '{"Message":"Forbidden"}']
  const closed = await send(url)
  assert.deepEqual([closed.status, closed.body.toString()], forbidden)
  const nobody = await send(url.replace(/[a-z0-9]{32}/, 'f'.repeat(32)))
  assert.deepEqual([nobody.status, nobody.body.toString()], forbidden)
})

test('a URL with AWS_IAM wants a signature of somebody who may', async () => {
  const url = await open({ FunctionName: 'private', AuthType: 'AWS_IAM' })
  assert.equal((await send(url)).status, 403)
  const { host, hostname } = new URL(url)
  const signer = new SignatureV4({ service: 'lambda', region: REGION, credentials: world.keys, sha256: Sha256 })
  const sign = (path: string): Promise<{ headers: Record<string, string> }> =>
    signer.sign({ method: 'GET', protocol: 'http:', hostname, path, headers: { host }, query: {} })
  const good = await send(url, { headers: (await sign('/')).headers })
  assert.equal(good.status, 200, good.body.toString())
  const { requestContext } = JSON.parse(good.body.toString())
  assert.equal(requestContext.accountId, '000000000000')
  assert.equal(requestContext.authorizer.iam.userArn, 'arn:aws:iam::000000000000:root')
  const other = await send(`${url}other`, { headers: (await sign('/')).headers })
  assert.equal(other.status, 403)
})

test('CORS settings answer the preflight without the function, and win over its headers', async () => {
  const Cors = {
    AllowOrigins: ['https://*.example.com'],
    AllowMethods: ['GET', 'POST'],
    AllowHeaders: ['X-One', 'X-Two'],
    ExposeHeaders: ['X-Seen'],
    AllowCredentials: true,
    MaxAge: 60,
  }
  const updated = await client.send(new UpdateFunctionUrlConfigCommand({ FunctionName: 'site', Cors }))
  assert.deepEqual(updated.Cors, Cors)
  const url = updated.FunctionUrl ?? ''
  const origin = 'https://app.example.com'
  const asked = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-one' }
  const preflight = await send(url, { method: 'OPTIONS', headers: asked })
  assert.deepEqual(
    [preflight.status, preflight.body.length, preflight.headers['access-control-allow-origin']],
    [200, 0, origin],
  )
  assert.equal(preflight.headers['access-control-allow-methods'], 'GET,POST')
  assert.equal(preflight.headers['access-control-allow-headers'], 'x-one,x-two')
  assert.equal(preflight.headers['access-control-allow-credentials'], 'true')
  assert.equal(preflight.headers['access-control-max-age'], '60')
  const foreign = await send(url, { method: 'OPTIONS', headers: { ...asked, origin: 'https://evil.test' } })
  assert.equal(foreign.headers['access-control-allow-origin'], undefined)
  const image = await send(`${url}image`, { headers: { origin } })
  assert.equal(image.headers['access-control-allow-origin'], origin)
  assert.equal(image.headers['access-control-expose-headers'], 'X-Seen')
  const ended = await client.send(new UpdateFunctionUrlConfigCommand({ FunctionName: 'site', Cors: {} }))
  assert.equal(ended.Cors, undefined)
})

test('URLs are made once for a function and each alias, listed, and gone when deleted', async () => {
  await client.send(new CreateAliasCommand({ FunctionName: 'site', Name: 'live', FunctionVersion: '1' }))
  const url = await open({ Qualifier: 'live' })
  assert.equal((await send(url)).status, 200)
  await assert.rejects(open({ Qualifier: 'live' }), ResourceConflictException)
  await assert.rejects(open({ Qualifier: 'nobody' }), ResourceNotFoundException)
  await assert.rejects(open({ Qualifier: '1' }), /qualifier/)
  const list = await client.send(new ListFunctionUrlConfigsCommand({ FunctionName: 'site' }))
  assert.deepEqual(
    list.FunctionUrlConfigs?.map(({ FunctionArn }) => FunctionArn?.split('function:')[1]),
    ['site', 'site:live'],
  )
  await client.send(new DeleteFunctionUrlConfigCommand({ FunctionName: 'site', Qualifier: 'live' }))
  await assert.rejects(
    client.send(new GetFunctionUrlConfigCommand({ FunctionName: 'site', Qualifier: 'live' })),
    ResourceNotFoundException,
  )
  assert.equal((await send(url)).status, 403)
})

const STREAM = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.rawPath !== '/plain')
    stream = awslambda.HttpResponseStream.from(stream, { statusCode: 202, headers: { 'X-Kind': 'streamed', 'content-type': 'text/event-stream' }, cookies: ['c=1'] })
  stream.write('first ')
  await new Promise((done) => setTimeout(done, 200))
  if (event.rawPath === '/breaks') throw new Error('on the way')
  stream.write('second')
  stream.end()
})`

test('a URL that streams sends status, headers and parts as the function makes them', async () => {
  const role = await makeRole(world, 'stream-role')
  await deploy(client, 'streaming', STREAM, { Role: role })
  const url = await open({ FunctionName: 'streaming', InvokeMode: 'RESPONSE_STREAM' })
  const answer = await send(url)
  assert.deepEqual(
    [answer.status, answer.headers['x-kind'], answer.headers['content-type'], answer.headers['set-cookie']],
    [202, 'streamed', 'text/event-stream', ['c=1']],
  )
  assert.equal(answer.body.toString(), 'first second')
  const plain = await send(`${url}plain`)
  assert.deepEqual([plain.status, plain.headers['content-type']], [200, 'application/octet-stream'])
  await assert.rejects(send(`${url}breaks`), /aborted|hang up/)
  const got = await client.send(new GetFunctionUrlConfigCommand({ FunctionName: 'streaming' }))
  assert.equal(got.InvokeMode, 'RESPONSE_STREAM')
})

const FETCHER = `export default {
  async fetch(request, env) {
    const url = new URL(request.url)
    if (url.pathname === '/nothing') return 'no response'
    const headers = new Headers({ 'x-method': request.method, 'x-region': env.AWS_REGION })
    headers.append('set-cookie', 'a=1')
    headers.append('set-cookie', 'b=2')
    return new Response(url.pathname + url.search + ' ' + (await request.text()) + request.headers.get('cookie'), { status: 203, headers })
  },
}`

test('a handler in the web-standard form gets a Request and answers a Response', async () => {
  const role = await makeRole(world, 'fetch-role')
  await deploy(client, 'fetcher', FETCHER, { Role: role, Handler: 'index.default' })
  const url = await open({ FunctionName: 'fetcher' })
  const answer = await send(`${url}a%20b?q=1`, { method: 'POST', headers: { cookie: 'c=3; d=4' }, body: 'grüße ' })
  assert.deepEqual([answer.status, answer.body.toString()], [203, '/a%20b?q=1 grüße c=3; d=4'])
  assert.deepEqual(
    [answer.headers['x-method'], answer.headers['x-region'], answer.headers['set-cookie']],
    ['POST', REGION, ['a=1', 'b=2']],
  )
  assert.equal((await send(`${url}nothing`)).status, 502)
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'fetcher', Payload: Buffer.from('{}') }))
  assert.match(Payload?.transformToString() ?? '', /Runtime\.NotAnHttpEvent/)
})
