// The door under attack and under odd but legal use, in raw bytes: what must be refused is refused quickly and the server
// goes on serving. Targets: the table of denial of service and injection (bounded times are shortened by the tests).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { duplexPair } from 'node:stream'
import { type TestContext, test } from 'node:test'
import { openEcho, type Opened } from './echo-service.ts'
import { raw } from './raw-client.ts'

const SHORT = { headersTimeoutMs: 400, stallWindowMs: 400, keepAliveTimeoutMs: 1000, lingerMs: 400, writeStallMs: 500 }

async function stillServes(opened: Opened): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${opened.port}/healthz`)
  assert.equal(answer.status, 200)
  await answer.text()
}

function dev(t: TestContext): Promise<Opened> {
  return openEcho(t, { mode: 'dev', limits: SHORT })
}

test('what could be read in two ways is refused', async (t) => {
  const opened = await dev(t)
  const post = 'POST / HTTP/1.1\r\nhost: a\r\n'
  const smuggled = 'GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n'
  const hostile: Record<string, string> = {
    'length and chunked': `${post}content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'chunked and length': `${post}transfer-encoding: chunked\r\ncontent-length: 6\r\n\r\n0\r\n\r\n${smuggled}`,
    'two lengths': `${post}content-length: 3\r\ncontent-length: 5\r\n\r\nabc${smuggled}`,
    'two equal lengths': `${post}content-length: 3\r\ncontent-length: 3\r\n\r\nabc`,
    'odd length': `${post}content-length: 3, 3\r\n\r\nabc`,
    'signed length': `${post}content-length: +3\r\n\r\nabc`,
    'hidden chunked': `${post}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
    'chunked not last': `${post}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
    'space before colon': `${post}content-length : 3\r\n\r\nabc`,
    'folded header': `${post}x-amz-meta: a\r\n b\r\ncontent-length: 0\r\n\r\n`,
    'bare carriage return': `${post}x-a: b\rx-c: d\r\ncontent-length: 0\r\n\r\n`,
    'NUL in a header': `${post}x-a: b\0c\r\ncontent-length: 0\r\n\r\n`,
    'no host': 'GET / HTTP/1.1\r\n\r\n',
    'two hosts': 'GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n',
    'bad chunk size': `${post}transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n`,
    'no HTTP at all': 'hello there\r\n\r\n',
    'TLS on a plain port': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'bad version': 'GET / HTTP/9.9\r\nhost: a\r\n\r\n',
  }
  for (const [name, text] of Object.entries(hostile)) {
    const answer = await raw(opened.port, { pieces: [text], waitMs: 3000, answers: 2 })
    const [first = 0, second] = answer.statuses
    assert.equal(second, undefined, `${name}: a second answer came\n${answer.text}`)
    assert.ok(first === 400 || first === 501 || (first === 0 && answer.closed), `${name}: ${answer.text}`)
  }
  await stillServes(opened)
})

test('oversized heads are refused within 50 ms', async (t) => {
  const opened = await dev(t)
  const cases: Record<string, string> = {
    'one giant header': `GET / HTTP/1.1\r\nhost: a\r\nx-big: ${'a'.repeat(64 * 1024)}\r\n\r\n`,
    '10,000 headers': `GET / HTTP/1.1\r\nhost: a\r\n${'a:b\r\n'.repeat(10_000)}\r\n`,
    '300 headers': `GET / HTTP/1.1\r\nhost: a\r\n${'a:b\r\n'.repeat(300)}\r\n`,
    '1 MB of path': `GET /${'a'.repeat(1024 * 1024)} HTTP/1.1\r\nhost: a\r\n\r\n`,
  }
  for (const [name, text] of Object.entries(cases)) {
    // The first connection of a process is slower than any limit, and others may be at work on this machine: the
    // fastest tells.
    const answers = []
    for (let tries = 0; tries < 5; tries++) answers.push(await raw(opened.port, { pieces: [text], answers: 1 }))
    for (const { statuses, closed } of answers)
      assert.ok(statuses[0] === 431 || statuses[0] === 400, `${name}: ${statuses.join()} ${closed}`)
    const fastestMs = Math.min(...answers.map(({ tookMs }) => tookMs))
    assert.ok(fastestMs < 250, `${name} took ${fastestMs} ms`)
  }
  await stillServes(opened)
})

test('odd paths and escapes get an answer, never an exception', async (t) => {
  const opened = await dev(t)
  for (const path of [
    '/%',
    '/%zz',
    '/%00',
    '/a%2',
    '/%ff%fe',
    '//',
    '/./..',
    '/a?%zz=%',
    '/a?&&=&',
    '/\u00e4',
    '*',
    '/a#b',
  ]) {
    const answer = await raw(opened.port, { pieces: [`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`], answers: 1 })
    assert.ok([200, 400].includes(answer.statuses[0] ?? 0), `${path}: ${answer.text}`)
  }
  const absolute = await raw(opened.port, {
    pieces: ['GET http://evil.example/_mayfly/../x HTTP/1.1\r\nhost: a\r\n\r\n'],
    answers: 1,
  })
  assert.match(absolute.text, /"path":"\/_mayfly\/\.\.\/x"|There is nothing here|callers on this machine/)
  await stillServes(opened)
})

test('slow clients are cut off: silent, slow heads, slow bodies', async (t) => {
  const opened = await dev(t)
  const slow = async (name: string, first: string, drip: string): Promise<void> => {
    const answer = await raw(opened.port, {
      pieces: [first, ...Array.from<string>({ length: 30 }).fill(drip)],
      pauseMs: 150,
      waitMs: 6000,
    })
    assert.ok(answer.closed, `${name} stayed open: ${answer.text}`)
    assert.ok(answer.tookMs < 6000, `${name} took ${answer.tookMs}`)
  }
  const silent = connect(opened.port, '127.0.0.1')
  await Promise.all([
    once(silent, 'close'),
    slow('preface', 'P', ''),
    slow('head', 'GET / HT', 'x'),
    slow('headers', 'GET / HTTP/1.1\r\nhost: a\r\n', 'x-a: b\r\n'),
    slow('buffered body', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n', 'x'),
    slow('streamed body', 'PUT /b/k HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n', 'x'),
  ])
  await stillServes(opened)
})

test('a client that does not read its answer is cut off', async (t) => {
  const opened = await dev(t)
  const socket = connect(opened.port, '127.0.0.1')
  socket.write('GET /?action=Download HTTP/1.1\r\nhost: a\r\n\r\n')
  socket.pause()
  // Nothing is read: the server must end it, which shows as soon as reading begins.
  await new Promise((resolve) => setTimeout(resolve, 2500))
  let bytes = 0
  socket.on('data', (piece) => (bytes += piece.length))
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'close')
  assert.ok(bytes < 64 * 1024 * 1024, `all ${bytes} bytes came`)
  await stillServes(opened)
})

test('a long answer and a long wait outlive the limits of slow clients', async (t) => {
  const opened = await dev(t)
  const abort = new AbortController()
  const hanging = fetch(`http://127.0.0.1:${opened.port}/?action=Hang`, { signal: abort.signal })
  const rejected = assert.rejects(hanging)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  assert.equal(opened.events.aborted, 0)
  abort.abort()
  await rejected
  for (let tries = 0; tries < 1000 && opened.events.aborted === 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(opened.events.aborted, 1)
})

test('an upload may be slow as long as it moves', async (t) => {
  const opened = await dev(t)
  const bytes = 12 * 8192
  const head = `PUT /b/k HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n`
  const pieces = [head, ...Array.from<string>({ length: 12 }).fill('x'.repeat(8192))]
  const answer = await raw(opened.port, { pieces, pauseMs: 150, answers: 1 })
  assert.match(answer.text, new RegExp(`"bytes":${bytes}`))
})

test('both protocols on one port, told apart even byte by byte', async (t) => {
  const opened = await dev(t)
  const split = await raw(opened.port, {
    pieces: 'PUT /b/k HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi'.split(''),
    pauseMs: 1,
    answers: 1,
  })
  assert.match(split.text, /"bytes":2/)
  const session = connectHttp2(`http://127.0.0.1:${opened.port}`)
  t.after(() => session.close())
  const ask = async (headers: Record<string, string>, body?: Buffer): Promise<[number, string]> => {
    const stream = session.request(headers)
    stream.end(body)
    const [answer] = await once(stream, 'response')
    let text = ''
    for await (const piece of stream) text += String(piece)
    return [Number((answer as Record<string, unknown>)[':status']), text]
  }
  const echo = await ask({ ':method': 'POST', ':path': '/a?x=1' }, Buffer.alloc(1000))
  assert.equal(echo[0], 200)
  assert.equal(JSON.parse(echo[1]).bytes, 1000)
  const put = await ask({ ':method': 'PUT', ':path': '/a' }, Buffer.alloc(3_000_000))
  assert.equal(JSON.parse(put[1]).bytes, 3_000_000)
  assert.equal((await ask({ ':method': 'GET', ':path': '/healthz' }))[0], 200)
  const [status, text] = await ask({ ':method': 'HEAD', ':path': '/' })
  assert.deepEqual([status, text], [200, ''])
  assert.equal((await ask({ ':method': 'GET', ':path': '/?action=Fail' }))[0], 418)
  // Long enough that both sides wait for each other many times.
  const download = session.request({ ':method': 'GET', ':path': '/?action=Download' })
  let bytes = 0
  for await (const piece of download) bytes += (piece as Buffer).length
  assert.equal(bytes, 64 * 1024 * 1024)
  const many = await Promise.all(
    Array.from({ length: 100 }, (_, index) => ask({ ':method': 'GET', ':path': `/${index}` })),
  )
  assert.ok(many.every(([one], index) => one === 200 && JSON.parse(many[index]?.[1] ?? '').path === `/${index}`))
})

test('answers without a body, and pipelined requests in their order', async (t) => {
  const opened = await dev(t)
  const get = (path: string, method = 'GET'): string => `${method} ${path} HTTP/1.1\r\nhost: a\r\n\r\n`
  const answer = await raw(opened.port, {
    pieces: [get('/', 'HEAD') + get('/?action=NoBody') + get('/?action=Fail') + get('/last')],
    answers: 4,
    waitMs: 2000,
  })
  assert.deepEqual(answer.statuses, [200, 204, 418, 200])
  const [head = '', noBody = ''] = answer.text.split(/(?=HTTP\/1\.1 )/)
  assert.ok(head.endsWith('\r\n\r\n') && /content-length: [1-9]/i.test(head))
  assert.ok(noBody.endsWith('\r\n\r\n') && !/content-length|transfer-encoding/i.test(noBody))
  assert.match(noBody, /x-extra: yes/)
})

test('100 Continue comes only when the caller is believed', async (t) => {
  const opened = await openEcho(t, { limits: SHORT })
  const refused = await raw(opened.port, {
    pieces: [
      'PUT /b/k HTTP/1.1\r\nhost: a\r\ncontent-length: 70000\r\nexpect: 100-continue\r\nx-amz-date: 20200101T000000Z\r\nauthorization: AWS4-HMAC-SHA256 Credential=A/20200101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n\r\n',
    ],
    waitMs: 2000,
  })
  assert.deepEqual(refused.statuses, [403])
  assert.ok(refused.closed)
  const lenient = await dev(t)
  const accepted = await raw(lenient.port, {
    pieces: ['PUT /b/k HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n', 'hello'],
    pauseMs: 100,
    answers: 2,
  })
  assert.deepEqual(accepted.statuses, [100, 200])
  assert.match(accepted.text, /"bytes":5/)
})

test('a refused upload still gets its answer, and the connection ends; small ones keep it', async (t) => {
  const opened = await openEcho(t, { limits: SHORT })
  const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const request = httpRequest(
      { port: opened.port, host: '127.0.0.1', method: 'PUT', path: '/b/k', headers: { 'content-length': 8_000_000 } },
      (response) => {
        let text = ''
        response.on('data', (piece) => (text += String(piece)))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    request.on('error', reject)
    request.end(Buffer.alloc(8_000_000))
  })
  assert.equal(answer.status, 403)
  assert.match(answer.text, /AccessDenied/)
  const lenient = await dev(t)
  const kept = await raw(lenient.port, {
    pieces: [
      'PUT /b/k?action=Ignore HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhelloGET /healthz HTTP/1.1\r\nhost: a\r\n\r\n',
    ],
    answers: 2,
  })
  assert.deepEqual(kept.statuses, [200, 200])
  const endless = await raw(lenient.port, {
    pieces: ['PUT /b/k?action=Ignore HTTP/1.1\r\nhost: a\r\ncontent-length: 100000000\r\n\r\nhello'],
    waitMs: 5000,
  })
  assert.deepEqual([endless.statuses, endless.closed], [[200], true])
})

test('a body over the limit is refused by its length, or when it exceeds it', async (t) => {
  const opened = await dev(t)
  const declared = await raw(opened.port, {
    pieces: ['POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n'],
    answers: 1,
  })
  assert.match(declared.text, /MaxMessageLengthExceeded/)
  const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`
  const chunked = await raw(opened.port, {
    pieces: [
      'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n',
      ...Array.from<string>({ length: 6 }).fill(chunk),
    ],
    answers: 1,
  })
  assert.match(chunked.text, /MaxMessageLengthExceeded/)
  await stillServes(opened)
})

test('a handler that breaks tells nothing, and a broken stream looks broken', async (t) => {
  const opened = await dev(t)
  const base = `http://127.0.0.1:${opened.port}`
  const leak = await fetch(`${base}/?action=Leak`)
  assert.equal(leak.status, 500)
  assert.doesNotMatch(await leak.text(), /1234/)
  await assert.rejects(fetch(`${base}/?action=Broken`).then((answer) => answer.arrayBuffer()))
  const download = await fetch(`${base}/?action=Download`)
  assert.equal((await download.arrayBuffer()).byteLength, 64 * 1024 * 1024)
})

test('closing lets requests under way end, refuses new ones and says so', async (t) => {
  const opened = await openEcho(t, { mode: 'dev', limits: SHORT })
  const base = `http://127.0.0.1:${opened.port}`
  const abort = new AbortController()
  const hanging = fetch(`${base}/?action=Hang`, { signal: abort.signal }).catch(() => 'aborted')
  for (let tries = 0; tries < 1000 && opened.events.hanging === 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  const closed = opened.gateway.close(2000)
  const ready = await fetch(`${base}/readyz`)
  assert.equal(ready.status, 503)
  assert.deepEqual(await ready.json(), { status: 'not ready', reasons: ['draining'] })
  assert.equal((await fetch(`${base}/healthz`)).status, 200)
  const refused = await fetch(base)
  assert.equal(refused.status, 503)
  assert.equal(refused.headers.get('retry-after'), '1')
  assert.equal(refused.headers.get('connection'), 'close')
  abort.abort()
  assert.equal(await hanging, 'aborted')
  await closed
  await assert.rejects(fetch(`${base}/healthz`))
})

test('a request that has arrived in the moment of closing is served', async (t) => {
  const opened = await openEcho(t, { mode: 'dev', limits: SHORT })
  const [client, socket] = duplexPair()
  opened.gateway.acceptSocket(socket)
  let closed: Promise<void> | undefined
  // Behind the gateway's own listener: it has read the request, and the turn of the event loop is not over.
  socket.once('data', () => {
    closed = opened.gateway.close(2000)
  })
  client.write('GET /there HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
  const [answer] = await once(client, 'data')
  assert.match(String(answer), /^HTTP\/1\.1 200 /)
  client.destroy()
  await closed
})

test('the door of the cells: AWS requests as on the port, and nothing of Mayfly', async (t) => {
  const opened = await dev(t)
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-door-'))
  const socketPath = join(folder, 'cell.sock')
  const server = createServer((socket) => opened.gateway.acceptSocket(socket))
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  t.after(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  const ask = (method: string, path: string, body = ''): Promise<[number, string]> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ socketPath, method, path, headers: { host: '127.0.0.1' } }, (response) => {
        let text = ''
        response.on('data', (piece) => (text += String(piece)))
        response.on('end', () => resolve([response.statusCode ?? 0, text]))
      })
      request.on('error', reject)
      request.end(body)
    })
  const [status, text] = await ask('PUT', '/bucket/key', 'from a cell')
  assert.deepEqual([status, JSON.parse(text).bytes], [200, 11])
  for (const path of ['/_mayfly/health', '/_mayfly/', '/_localstack/health', '/_mayfly/reset', '/_mayfly'])
    assert.equal((await ask('GET', path))[0], 404, path)
  assert.equal((await ask('POST', '/_mayfly/reset'))[0], 404)
  assert.equal(opened.resets.count, 0)
  // The names of probes mean buckets in there.
  assert.match((await ask('GET', '/healthz'))[1], /"path":"\/healthz"/)
})

test('large bodies: nobody unknown makes us hold them, and all together are bounded', async (t) => {
  const strict = await openEcho(t, { limits: SHORT })
  const anonymous = await raw(strict.port, {
    pieces: ['POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2000000\r\n\r\n'],
    answers: 1,
  })
  assert.match(anonymous.text, /MaxMessageLengthExceeded/)
  const lenient = await openEcho(t, { mode: 'dev' })
  const bytes = 4 * 1024 * 1024
  const held: ReturnType<typeof connect>[] = []
  t.after(() => held.forEach((socket) => socket.destroy()))
  for (let index = 0; index < 128; index++) {
    const socket = connect(lenient.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n`)
    held.push(socket)
  }
  await new Promise((resolve) => setTimeout(resolve, 300))
  const one = `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${bytes}\r\n\r\n`
  const refused = await raw(lenient.port, { pieces: [one], answers: 1 })
  assert.match(refused.text, /503 .*SlowDown/s)
  held.splice(0, 64).forEach((socket) => socket.destroy())
  await new Promise((resolve) => setTimeout(resolve, 300))
  const accepted = await raw(lenient.port, { pieces: [one, 'x'.repeat(bytes)], answers: 1 })
  assert.match(accepted.text, new RegExp(`"bytes":${bytes}`))
})
