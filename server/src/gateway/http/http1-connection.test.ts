// One connection over a pair of streams in memory, with a clock that is moved by hand.
import assert from 'node:assert/strict'
import { duplexPair, type Duplex } from 'node:stream'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { Http1Connection } from './http1-connection.ts'
import type { HttpStream } from './stream.ts'

interface Opened {
  readonly client: Duplex
  readonly connection: Http1Connection
  readonly clock: ManualClock
  readonly streams: HttpStream[]
  /** What the client has got so far. */
  readonly text: () => string
}

function open(onStream: (stream: HttpStream) => void = () => {}): Opened {
  const [client, socket] = duplexPair()
  const clock = new ManualClock(Date.UTC(2026, 0, 1))
  const streams: HttpStream[] = []
  const connection = new Http1Connection(socket, {
    limits: DEFAULT_LIMITS,
    clock,
    onStream(stream) {
      streams.push(stream)
      onStream(stream)
    },
  })
  let text = ''
  client.on('data', (piece: Buffer) => (text += piece.toString('latin1')))
  client.on('error', () => {})
  return { client, connection, clock, streams, text: () => text }
}

async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

function answer(stream: HttpStream, body = 'ok'): void {
  stream.writeHead(200, { 'content-length': String(body.length) }, undefined)
  stream.end(body)
}

const GET = 'GET /a HTTP/1.1\r\nhost: a\r\n\r\n'

test('an answer says date and connection, and the connection serves the next request', async () => {
  const { client, streams, text } = open(answer)
  client.write(GET)
  await turns()
  assert.equal(
    text(),
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\nconnection: keep-alive\r\nkeep-alive: timeout=75\r\n\r\nok',
  )
  client.write(GET)
  await turns()
  assert.equal(streams.length, 2)
})

test('who asks for the end of the connection gets it: by its header, or by HTTP/1.0', async () => {
  for (const head of ['GET / HTTP/1.1\r\nhost: a\r\nConnection: foo, Close\r\n\r\n', 'GET / HTTP/1.0\r\n\r\n']) {
    const { client, text, connection } = open(answer)
    client.write(head + GET)
    await turns()
    assert.match(text(), /connection: close\r\n\r\nok$/)
    assert.ok(client.readableEnded && connection.closed)
  }
  const { client, text } = open(answer)
  client.write('GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n')
  await turns()
  assert.match(text(), /connection: keep-alive/)
  assert.ok(!client.readableEnded)
})

test('an answer of unknown length is chunked, and for HTTP/1.0 as long as its connection', async () => {
  const send = (stream: HttpStream): void => {
    stream.writeHead(200, {}, ['a=1', 'b=2'])
    stream.write(Buffer.from('hello'), () => stream.end(Buffer.from('!')))
  }
  const modern = open(send)
  modern.client.write(GET)
  await turns()
  assert.match(modern.text(), /set-cookie: a=1\r\nset-cookie: b=2\r\n/)
  assert.match(modern.text(), /transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n$/)
  const old = open(send)
  old.client.write('GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n')
  await turns()
  assert.match(old.text(), /connection: close\r\n\r\nhello!$/)
  assert.ok(old.client.readableEnded)
})

test('answers without a body have none, whatever is written', async () => {
  const { client, text } = open((stream) => {
    stream.writeHead(stream.method === 'HEAD' ? 200 : 304, { 'content-length': '5' }, undefined)
    stream.write('hello', () => stream.end('!'))
  })
  client.write('HEAD / HTTP/1.1\r\nhost: a\r\n\r\n')
  client.write(GET)
  await turns()
  assert.deepEqual(
    text()
      .split('\r\n\r\n')
      .map((head) => head.split('\r\n')[0]),
    ['HTTP/1.1 200 OK', 'HTTP/1.1 304 Not Modified', ''],
  )
})

test('a header that would break the head is not sent', () => {
  const { client, connection, streams } = open()
  connection.push(Buffer.from(GET))
  const [stream] = streams
  for (const headers of [
    { 'x-a': 'a\r\nx-b: c' },
    { 'x-a': 'a\0' },
    { 'x-a': '\u0100' },
    { 'x a': 'b' },
    { '': 'b' },
    { 'transfer-encoding': 'gzip' },
  ])
    assert.throws(() => stream?.writeHead(200, headers, undefined), TypeError)
  assert.throws(() => stream?.writeHead(200, {}, ['a\nb']), TypeError)
  client.destroy()
})

test('requests that come ahead wait for their turn, and their client too when it sends too many', async () => {
  const { client, streams, connection } = open()
  client.write(GET.repeat(3))
  await turns()
  assert.equal(streams.length, 1)
  for (let count = 0; count < 10_000; count++) client.write(GET)
  await turns()
  assert.ok(client.writableLength > 64 * 1024, `${client.writableLength} bytes wait at the client`)
  for (let count = 1; count <= 3; count++) {
    const stream = streams[count - 1]
    if (stream) answer(stream)
    await turns()
    assert.equal(streams.length, count + 1)
  }
  connection.destroy()
})

test('who does not read its answers gets no more of them', async () => {
  const { client, streams } = open((stream) => answer(stream, 'x'.repeat(10_000)))
  client.pause()
  client.write(GET.repeat(500))
  await turns(50)
  const before = streams.length
  assert.ok(before < 50, `${before} requests are served`)
  client.resume()
  for (let tries = 0; tries < 1000 && streams.length < 500; tries++) await turns(1)
  assert.equal(streams.length, 500)
})

test('a body that nobody reads makes its client wait; a reader gets all of it', async () => {
  const { client, streams } = open()
  client.write(`PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n`)
  for (let count = 0; count < 100; count++) client.write('x'.repeat(10_000))
  await turns()
  assert.ok(client.writableLength > 800_000, `${client.writableLength} bytes wait at the client`)
  const [stream] = streams
  assert.equal(stream?.takeBody(), undefined)
  let bytes = 0
  let ended = false
  stream?.readBody({ piece: (piece) => void (bytes += piece.length), ended: () => (ended = true), lost: assert.fail })
  await turns(100)
  assert.deepEqual([bytes, ended, stream?.bodyCame], [1_000_000, true, true])
})

test('the rest of a body that was answered early is skipped, and is no request', async () => {
  const { client, streams, text } = open(answer)
  client.write('PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 39\r\n\r\nGET /smuggled')
  await turns()
  client.write(` HTTP/1.1\r\nhost: a\r\n\r\n....${GET}`)
  await turns()
  assert.deepEqual(
    streams.map(({ target }) => target),
    ['/', '/a'],
  )
  assert.equal(text().match(/HTTP\/1\.1 200/g)?.length, 2)
})

test('a client that goes away is told of once, and nothing is written to it', async () => {
  const { client, streams } = open()
  client.write('PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc')
  await turns()
  const [stream] = streams
  let lost = 0
  let bodyLost = 0
  stream?.onLost(() => lost++)
  stream?.onLost(assert.fail)()
  stream?.readBody({ piece() {}, ended: assert.fail, lost: () => bodyLost++ })
  client.destroy()
  await turns()
  assert.deepEqual([lost, bodyLost, stream?.closed], [1, 1, true])
  let done = 0
  stream?.writeHead(200, {}, undefined)
  stream?.write('x', () => done++)
  stream?.end('y')
  assert.equal(done, 1)
})

test('a body whose framing breaks is lost, and told while nothing of the answer is out', async () => {
  for (const answering of [false, true]) {
    const { client, streams, text } = open((stream) => {
      if (!answering) return
      stream.writeHead(200, {}, undefined)
      stream.write('begun', () => {})
    })
    client.write('PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n')
    await turns()
    let lost = 0
    streams[0]?.readBody({ piece() {}, ended: assert.fail, lost: () => lost++ })
    client.write('zz\r\n')
    await turns()
    assert.equal(lost, 1)
    assert.equal(text().includes('HTTP/1.1 400 Bad Request'), !answering)
    assert.ok(client.destroyed || client.readableEnded)
  }
})

test('what HTTP has and this server has not is answered: tunnels, odd expectations; offers to upgrade are not taken', async () => {
  const statusOf = async (head: string): Promise<string | undefined> => {
    const { client, text } = open(answer)
    client.write(head)
    await turns()
    return text().split(' ')[1]
  }
  assert.equal(await statusOf('CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n'), '501')
  assert.equal(await statusOf('PUT / HTTP/1.1\r\nhost: a\r\nexpect: cake\r\ncontent-length: 1\r\n\r\n'), '417')
  assert.equal(
    await statusOf('GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n\r\n'),
    '200',
  )
})

test('100 Continue is sent when the body is wanted', async () => {
  const { client, streams, text } = open()
  client.write('PUT / HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\ncontent-length: 2\r\n\r\n')
  await turns()
  assert.deepEqual([streams[0]?.awaitsContinue, text()], [true, ''])
  streams[0]?.sendContinue()
  await turns()
  assert.equal(text(), 'HTTP/1.1 100 Continue\r\n\r\n')
})

test('time: a slow head is refused, an idle connection ends a second after its time, a request under way may take long', async () => {
  const slow = open()
  slow.client.write('GET / HT')
  await turns()
  const sweep = async ({ clock, connection }: Opened, afterMs: number): Promise<void> => {
    await clock.advance(afterMs)
    connection.sweep(clock.monotonicMs())
    await turns()
  }
  await sweep(slow, 1)
  slow.client.write('TP/1.1\r\n')
  await turns()
  await sweep(slow, 9_999)
  assert.equal(slow.text(), '')
  await sweep(slow, 1)
  assert.match(slow.text(), /^HTTP\/1\.1 408 Request Timeout/)
  assert.ok(slow.connection.closed)

  const idle = open(answer)
  idle.client.write(GET)
  await turns()
  await sweep(idle, 1)
  await sweep(idle, 75_999)
  assert.ok(!idle.connection.closed)
  await sweep(idle, 1)
  assert.ok(idle.connection.closed)

  const busy = open()
  busy.client.write(GET)
  await turns()
  for (let count = 0; count < 5; count++) await sweep(busy, 100_000)
  busy.connection.closeIdle()
  assert.ok(!busy.connection.closed)
  if (busy.streams[0]) answer(busy.streams[0])
  busy.connection.closeIdle()
  assert.ok(busy.connection.closed)
})
