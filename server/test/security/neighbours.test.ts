// What went wrong in neighbouring projects must not go wrong here: a test for each row of the table in
// docs/operating/security.md that no other test holds.
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { SNSClient, CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { openServer, REGION, type TestServer } from '../conformance/server-kit.ts'
import { raw } from '../gateway/raw-client.ts'

const asDev = { mode: 'dev', readyCells: {} } as const

interface Asked {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

function ask(
  { server }: TestServer,
  { method = 'GET', path, headers = {}, body = '' }: Asked,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port: server.port, method, path, headers })
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      let text = ''
      incoming.on('data', (piece) => (text += String(piece)))
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }))
    })
    outgoing.end(body)
  })
}

/** Every control route that changes something, or shows what is not for everybody. */
const CONTROL: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/_mayfly/reset'],
  ['GET', '/_mayfly/dead-letters'],
  ['GET', '/_mayfly/explain/abc'],
  ['GET', '/_mayfly/outbox'],
  ['DELETE', '/_mayfly/outbox'],
  ['POST', '/_mayfly/outbox/opt-out'],
  ['GET', '/_mayfly/s3/scrub'],
  ['POST', '/_mayfly/s3/scrub'],
  ['GET', '/_mayfly/webhooks'],
  ['POST', '/_mayfly/webhooks'],
  ['DELETE', '/_mayfly/webhooks/x'],
  ['GET', '/_mayfly/usage'],
  ['GET', '/_mayfly'],
  ['GET', '/_mayfly/'],
  ['GET', '/_mayfly/console.js'],
]

test('the list of control routes is whole', () => {
  // Whoever adds a route guarded for local callers adds it here, and it is probed.
  const known = CONTROL.map(([, path]) => path)
  const sources = new URL('../../src/', import.meta.url)
  const paths = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) =>
      Array.from(readFileSync(new URL(name, sources), 'utf8').matchAll(/path: '(\/_mayfly[^']*)',\s*guard: 'local'/g)),
    )
    .map((match) => (match[1] ?? '').replace(/\*$/, ''))
  assert.ok(paths.length > 5, `${paths.length} found`)
  const missing = paths.filter(
    (path) => !known.some((one) => one === path || (path.endsWith('/') && one.startsWith(path))),
  )
  assert.deepEqual(missing, [])
})

test('control routes answer nobody from another site, whatever Host and Origin say', async () => {
  await using server = await openServer(asDev)
  const port = String(server.server.port)
  const own = `127.0.0.1:${port}`
  const foreign: readonly Readonly<Record<string, string>>[] = [
    { host: 'evil.example' },
    { host: `evil.example:${port}` },
    { host: `127.0.0.1.evil.example:${port}` },
    { host: `localhost.evil.example` },
    { host: own, origin: 'https://evil.example' },
    { host: own, origin: 'null' },
    { host: own, origin: `http://127.0.0.1:3000` },
    { host: own, origin: `https://${own}` },
    { host: own, 'sec-fetch-site': 'cross-site' },
    { host: 'evil.example', 'x-forwarded-host': own, forwarded: `host=${own}`, 'x-forwarded-for': '127.0.0.1' },
  ]
  for (const [method, path] of CONTROL)
    for (const headers of foreign) {
      const { status, text } = await ask(server, { method, path, headers })
      assert.equal(status, 403, `${method} ${path} ${JSON.stringify(headers)}: ${text}`)
      assert.match(text, /callers on this machine/)
    }
})

/** Spellings of a path that some reader might take for it. */
function spellings(path: string): readonly string[] {
  const [, , ...rest] = path.split('/')
  const end = rest.join('/')
  return [
    `//_mayfly/${end}`,
    `/_mayfly//${end}`,
    `/./_mayfly/${end}`,
    `/x/../_mayfly/${end}`,
    `/%5fmayfly/${end}`,
    `/%5Fmayfly/${end}`,
    `/_mayfl%79/${end}`,
    `/_mayfly%2f${end}`,
    `/_mayfly%2F${end}`,
    `/%2f_mayfly/${end}`,
    `/_MAYFLY/${end}`,
    `/_mayfly/${end}%00`,
    `/_mayfly/${end}%20`,
    `/_mayfly/${end};x=1`,
    `/_mayfly\\${end}`,
    `/_mayfly/.;/${end}`,
    `/_mayfly/%2e/${end}`,
    `http://evil.example/_mayfly/${end}`,
    `http://127.0.0.1/_mayfly/${end}`,
    `/_mayfly/${end}?a=b`,
    `/_mayfly/${end}#x`,
  ]
}

test('start has no reset, under no spelling; what the routes do happens under no spelling for a foreign caller', async () => {
  for (const mode of ['start', 'dev'] as const) {
    await using server = await openServer({ mode, readyCells: {} })
    const s3 = new S3Client(server.sdk)
    await s3.send(new CreateBucketCommand({ Bucket: 'still-there' }))
    for (const [method, path] of CONTROL)
      for (const spelling of [path, ...spellings(path)])
        for (const verb of new Set([method, 'POST', 'GET'])) {
          const text = `${verb} ${spelling} HTTP/1.1\r\nhost: evil.example\r\norigin: https://evil.example\r\ncontent-length: 0\r\n\r\n`
          const answer = await raw(server.server.port, { pieces: [text], answers: 1, waitMs: 5000 })
          const [status = 0] = answer.statuses
          assert.ok(status === 0 || status >= 300, `${mode} ${verb} ${spelling}: ${answer.text}`)
          assert.doesNotMatch(
            answer.text,
            /"status":"(?:reset|emptied|opted out)"|"deadLetters"|"messages"|schemaVersion/,
          )
        }
    if (mode === 'start') {
      const reset = await ask(server, {
        method: 'POST',
        path: '/_mayfly/reset',
        headers: { host: `127.0.0.1:${server.server.port}` },
      })
      assert.equal(reset.status, 404, reset.text)
    }
    const { Buckets } = await s3.send(new ListBucketsCommand({}))
    assert.deepEqual(
      Buckets?.map(({ Name }) => Name),
      ['still-there'],
    )
  }
})

test('dev takes nothing that a page elsewhere makes a browser send', async () => {
  await using server = await openServer(asDev)
  await new S3Client(server.sdk).send(new CreateBucketCommand({ Bucket: 'mine' }))
  const host = `localhost:${server.server.port}`
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const queue = 'Action=CreateQueue&Version=2012-11-05&QueueName=stolen'
  const attempts: readonly Asked[] = [
    // An image, a link, a form: no Origin, but where they come from.
    { path: `/?${queue}`, headers: { host, 'sec-fetch-site': 'cross-site' } },
    { path: '/mine', method: 'DELETE', headers: { host, 'sec-fetch-site': 'cross-site' } },
    // fetch() without a preflight.
    { path: '/', method: 'POST', headers: { host, origin: 'https://evil.example', ...form }, body: queue },
    {
      path: '/',
      method: 'POST',
      headers: { host, origin: 'null', 'content-type': 'text/plain', 'x-amz-target': 'AmazonSQS.CreateQueue' },
      body: '{"QueueName":"stolen"}',
    },
    // A name that its owner points at this machine.
    { path: `/?${queue}`, headers: { host: `evil.example:${server.server.port}` } },
    { path: '/mine', headers: { host: 'evil.example' } },
  ]
  for (const asked of attempts) {
    const { status, text } = await ask(server, asked)
    assert.equal(status, 403, `${JSON.stringify(asked)}: ${text}`)
    assert.match(text, /local callers only/)
  }
  const queues = await ask(server, { path: '/?Action=ListQueues&Version=2012-11-05', headers: { host } })
  assert.doesNotMatch(queues.text, /stolen/)
  // Reading objects shows a page nothing, and an image may be one.
  const read = await ask(server, { path: '/mine', headers: { host, 'sec-fetch-site': 'cross-site' } })
  assert.equal(read.status, 200, read.text)
})

test('the server holds the names of routes to its rules, whoever asks', async () => {
  await using server = await openServer(asDev)
  const host = `127.0.0.1:${server.server.port}`
  const add = (name: unknown): Promise<{ readonly status: number; readonly text: string }> =>
    ask(server, {
      method: 'POST',
      path: '/_mayfly/webhooks',
      headers: { host, 'content-type': 'application/json' },
      body: JSON.stringify({ name, scheme: 'github', destination: `arn:aws:sqs:${REGION}:000000000000:q` }),
    })
  for (const name of [
    '',
    '/',
    '..',
    '.',
    'a/b',
    '../reset',
    'a%2fb',
    '_',
    '/_mayfly/reset',
    'a b',
    'a\nb',
    'a?b',
    '*',
    7,
    null,
    {},
    ['a'],
    'x'.repeat(1000),
  ]) {
    const { status, text } = await add(name)
    assert.equal(status, 400, `${JSON.stringify(name)}: ${text}`)
  }
})

test('a Host takes part in no connection that the server opens', async () => {
  await using server = await openServer(asDev)
  const sns = new SNSClient(server.sdk)
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 't' }))
  const got: string[] = []
  const subscriber = createServer((request, response) => {
    let text = ''
    request.on('data', (piece) => (text += String(piece)))
    request.on('end', () => {
      got.push(text)
      response.end()
    })
  })
  subscriber.listen(0, '127.0.0.1')
  await once(subscriber, 'listening')
  try {
    const address = subscriber.address()
    assert.ok(typeof address === 'object' && address !== null)
    const body = new URLSearchParams({
      Action: 'Subscribe',
      Version: '2010-03-31',
      TopicArn: TopicArn ?? '',
      Protocol: 'http',
      Endpoint: `http://127.0.0.1:${address.port}/`,
    }).toString()
    // A name that dev takes for local, and that is not where the server is.
    const headers = {
      host: 'sns.elsewhere.internal',
      'x-forwarded-host': 'elsewhere.internal',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const asked = await ask(server, { method: 'POST', path: '/', headers, body })
    assert.equal(asked.status, 200, asked.text)
    while (got.length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.match(got[0] ?? '', new RegExp(`"SubscribeURL" ?: ?"http://127\\.0\\.0\\.1:${server.server.port}/`))
    assert.doesNotMatch(got.join(), /elsewhere/)
  } finally {
    subscriber.close()
  }
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com' }))
})

test('no bucket has a name of the server’s, and no key leads out of its bucket', async () => {
  await using server = await openServer(asDev)
  const host = `127.0.0.1:${server.server.port}`
  const put = (path: string, headers: Readonly<Record<string, string>> = {}, body = ''): ReturnType<typeof ask> =>
    ask(server, { method: 'PUT', path, headers: { host, ...headers }, body })
  for (const name of [
    '_mayfly',
    '_localstack',
    '_aws',
    '.mayfly',
    '..',
    '%2e%2e',
    '.',
    'a/..',
    '-a',
    'A_b',
    'xn--a',
    '127.0.0.1',
    '%00',
    'a%2fb',
  ]) {
    const { status } = await put(`/${name}`)
    assert.ok(status >= 400 && status < 500, `${name}: ${status}`)
  }
  assert.equal((await put('/plain')).status, 200)
  const folder = join(server.folder, 'data')
  // The server takes its reserve of the disk when it has time for that.
  const outside = async (): Promise<readonly string[]> =>
    (await readdir(folder, { recursive: true }))
      .filter((name) => !/^(?:blobs|engine)(?:\/|$)|^reserve$|sqlite/.test(name))
      .toSorted()
  const before = await outside()
  const keys = [
    '%2e%2e/%2e%2e/mayfly.sqlite',
    '..%2f..%2fcredentials',
    '../../credentials',
    '%2fetc%2fpasswd',
    '_mayfly/reset',
    '.',
    '..',
    'a/../../b',
    'CON',
    'a%5cb',
    '%252e%252e/x',
  ]
  for (const key of keys) {
    const body = `body of ${key}`
    // Read by bytes: Node's own URL would tidy the dots.
    const made = await put(`/plain/${key}`, {}, body)
    assert.equal(made.status, 200, `${key}: ${made.text}`)
    assert.equal((await ask(server, { path: `/plain/${key}`, headers: { host } })).text, body, key)
    const copied = await put('/plain/copy', { 'x-amz-copy-source': `/plain/${key.replaceAll('%', '%')}` })
    assert.equal(copied.status, 200, `${key}: ${copied.text}`)
    const started = await ask(server, { method: 'POST', path: `/plain/${key}?uploads`, headers: { host } })
    assert.equal(started.status, 200, `${key}: ${started.text}`)
  }
  for (const source of ['/_mayfly/reset', '/../data/credentials', '_mayfly/x', '/%2e%2e/credentials', '/plain']) {
    const { status } = await put('/plain/copy', { 'x-amz-copy-source': source })
    assert.ok(status >= 400 && status < 500, `${source}: ${status}`)
  }
  const boundary = 'b'
  const upload = (key: string): ReturnType<typeof ask> => {
    const part = (name: string, value: string, more = ''): string =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
    const body = `${part('key', key)}${part('file', 'x', '; filename="../../f"')}--${boundary}--\r\n`
    return ask(server, {
      method: 'POST',
      path: '/plain',
      headers: { host, 'content-type': `multipart/form-data; boundary=${boundary}` },
      body,
    })
  }
  for (const key of ['../../credentials', '_mayfly/reset', '${filename}'])
    assert.ok((await upload(key)).status < 300, key)
  assert.deepEqual(await outside(), before)
})
