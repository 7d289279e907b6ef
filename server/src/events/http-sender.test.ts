import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { systemClock } from '#base/clock.ts'
import { createHttpSender, type HttpCall, type HttpOutcome } from './http-sender.ts'

let answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => response.end()
const seen: IncomingMessage[] = []
const server = createServer((request, response) => {
  seen.push(request)
  request.resume()
  answer(request, response)
})
let port = 0

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Listening on an address and a port, so the address is an object.
  port = (server.address() as AddressInfo).port
})
after(() => {
  server.closeAllConnections()
  server.close()
})

const open = createHttpSender({ clock: systemClock, allowPrivate: true })
const closed = createHttpSender({ clock: systemClock, allowPrivate: false })

function call(url: string, more: Partial<HttpCall> = {}): HttpCall {
  return { url, method: 'POST', headers: {}, body: Buffer.from('x'), timeoutMs: 5000, answerBytesMax: 10, ...more }
}

test('the answer comes back, cut at its bound; credentials in the address become a header', async () => {
  answer = (_, response) => void response.writeHead(202).end('0123456789 and more')
  const outcome = await open.send(call(`http://us%65r:p%40ss@127.0.0.1:${port}/path?q=1`))
  assert.deepEqual(outcome, { kind: 'answered', status: 202, body: Buffer.from('0123456789') })
  const request = seen.at(-1)
  assert.equal(request?.url, '/path?q=1')
  assert.equal(request?.headers.authorization, `Basic ${Buffer.from('user:p@ss').toString('base64')}`)
})

test('redirects are answers', async () => {
  const before = seen.length
  answer = (_, response) => void response.writeHead(302, { location: `http://127.0.0.1:${port}/other` }).end()
  const outcome = await open.send(call(`http://127.0.0.1:${port}/`))
  assert.equal(outcome.kind === 'answered' && outcome.status, 302)
  assert.equal(seen.length, before + 1)
})

test('no answer in time, no connection and a broken answer are failures', async () => {
  answer = () => {}
  const kinds: HttpOutcome['kind'][] = []
  kinds.push((await open.send(call(`http://127.0.0.1:${port}/`, { timeoutMs: 50 }))).kind)
  kinds.push((await open.send(call('http://127.0.0.1:1/'))).kind)
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half')
    setTimeout(() => response.destroy(), 20)
  }
  kinds.push((await open.send(call(`http://127.0.0.1:${port}/`, { answerBytesMax: 1000 }))).kind)
  assert.deepEqual(kinds, ['failed', 'failed', 'failed'])
})

test('private addresses are refused, by their text and after their name was resolved', async () => {
  const before = seen.length
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254']) {
    const outcome = await closed.send(call(`http://${host}:${port}/`))
    assert.equal(outcome.kind, 'refused', host)
  }
  // A name that its owner points here (DNS rebinding), alone or beside a public address.
  for (const addresses of [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['::ffff:127.0.0.1']]) {
    const sender = createHttpSender({
      clock: systemClock,
      allowPrivate: false,
      resolve: (_, callback) =>
        callback(
          null,
          addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        ),
    })
    const outcome = await sender.send(call(`http://rebound.example:${port}/`))
    assert.match(outcome.kind === 'refused' ? outcome.reason : '', /rebound\.example leads to/)
  }
  assert.match(closed.refusal('http://10.0.0.1/') ?? '', /loopback or private address/)
  assert.match(closed.refusal('ftp://example.com/') ?? '', /not an HTTP address/)
  assert.equal(closed.refusal('https://example.com/'), undefined)
  assert.equal(seen.length, before)
})
