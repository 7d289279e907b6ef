// Functions reach other machines through the proxy, as far as their rule lets them; refusals say why, to the caller and
// in the log. The machines outside are servers of this test behind names and addresses of its own.
import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { after, before, test } from 'node:test'
import { type NetworkRule, parseDestinations } from '#engine/egress/network-rule.ts'
import type { FunctionVersion } from '#engine/engine.ts'
import { EngineFixture } from './engine-fixture.ts'

const PUBLIC = '93.184.216.34'
const NAMES: Readonly<Record<string, string>> = {
  'api.test': PUBLIC,
  'echo.test': PUBLIC,
  'private.test': '10.20.30.40',
  'metadata.test': '169.254.169.254',
  'rebound.test': '127.0.0.1',
}

let fixture: EngineFixture
const servers: Server[] = []
/** Addresses that were really connected to. */
const connected: string[] = []
let resolved = 0

before(async () => {
  const web = createHttpServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      const { connection: _, ...headers } = request.headers
      response.end(JSON.stringify({ method: request.method, url: request.url, headers, body }))
    })
  })
  const echo = createServer((socket) => void socket.pipe(socket))
  const ports = await Promise.all([web, echo].map(listening))
  fixture = await EngineFixture.open({
    egress: {
      resolve(name) {
        resolved++
        const address = NAMES[name]
        return address === undefined
          ? Promise.reject(new Error(`getaddrinfo ENOTFOUND ${name}`))
          : Promise.resolve([{ address, family: 4 }])
      },
      connect(addresses, port) {
        connected.push(`${addresses[0]?.address}:${port}`)
        return connect({ host: '127.0.0.1', port: (port === 80 ? ports[0] : ports[1]) ?? 0 })
      },
    },
  })
})
after(async () => {
  assert.deepEqual(await fixture.close(), [])
  for (const server of servers) server.close()
})

function listening(server: Server): Promise<number> {
  servers.push(server)
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}

const INTERNET: NetworkRule = { kind: 'internet' }

function rule(text: string): NetworkRule {
  const destinations = parseDestinations(text)
  if (typeof destinations === 'string') return assert.fail(destinations)
  return { kind: 'allow-list', destinations }
}

function node(body: string, network: NetworkRule | undefined): FunctionVersion {
  const source = `exports.handler = async (event) => { ${body} }`
  return fixture.node(source, network && { network: () => Promise.resolve(network) })
}

const FETCH = `const answer = await fetch(event.url ?? 'http://api.test/path?q=1', event.init)
  return [answer.status, await answer.text()]`
/** Without a tunnel, so the proxy's own answer is seen. */
const GET = `return new Promise((resolve, reject) => require('node:http').get(event.url ?? 'http://api.test/', (answer) => {
  let text = ''; answer.on('data', (part) => (text += part)); answer.on('end', () => resolve([answer.statusCode, text])) }).on('error', reject))`

test('fetch, node:http and Python reach the internet with no setting of their own', async () => {
  const [status, text] = (await fixture.result(node(FETCH, INTERNET), {
    init: { method: 'POST', body: 'hello', headers: { 'x-mine': 'yes' } },
  })) as [number, string]
  const seen = JSON.parse(text) as { method: string; url: string; headers: Record<string, string>; body: string }
  assert.deepEqual([status, seen.method, seen.url, seen.body], [200, 'POST', '/path?q=1', 'hello'])
  assert.deepEqual([seen.headers['x-mine'], seen.headers['host']], ['yes', 'api.test'])

  assert.equal(((await fixture.result(node(GET, INTERNET))) as [number])[0], 200)

  const python = fixture.python(
    `import json, urllib.request
def handler(event, context):
    with urllib.request.urlopen("http://api.test/py") as answer:
        return [answer.status, json.load(answer)["url"]]`,
    { network: () => Promise.resolve(INTERNET) },
  )
  assert.deepEqual(await fixture.result(python), [200, '/py'])
})

test('CONNECT carries any bytes, and traffic is metered', async () => {
  const version = node(
    `return new Promise((resolve, reject) => {
      const request = require('node:http').request({ host: '127.0.0.1', port: 3128, method: 'CONNECT', path: 'echo.test:7', agent: false })
      request.on('connect', (response, socket) => {
        let got = 0
        socket.on('data', (part) => { got += part.length; if (got === 100000) { socket.destroy(); resolve([response.statusCode, got]) } })
        socket.write(Buffer.alloc(100000, 7))
      })
      request.on('response', (response) => reject(new Error(String(response.statusCode))))
      request.on('error', reject); request.end() })`,
    INTERNET,
  )
  const { outcome } = await fixture.invoke(version)
  assert.ok(outcome.kind === 'result')
  assert.deepEqual(JSON.parse(Buffer.from(outcome.payload).toString()), [200, 100_000])
  assert.deepEqual([outcome.metering.sentBytes, outcome.metering.receivedBytes], [100_000, 100_000])
  const again = await fixture.invoke(node('return 1', INTERNET))
  assert.ok(again.outcome.kind === 'result' && again.outcome.metering.sentBytes === 0)
})

test('a refusal says why, in the answer and in the log, and nothing is resolved or connected', async () => {
  const before = { connected: connected.length, resolved }
  const { outcome, lines } = await fixture.invoke(node(GET, rule('other.test')))
  assert.ok(outcome.kind === 'result')
  const [status, text] = JSON.parse(Buffer.from(outcome.payload).toString()) as [number, string]
  assert.equal(status, 403)
  assert.match(text, /^Mayfly: connection to api\.test:80 refused: it is not among the destinations/)
  assert.match(lines.join('\n'), /MAYFLY BLOCKED network: connection to api\.test:80 refused/)
  const byFetch = await fixture.invoke(node(FETCH, { kind: 'none' }))
  assert.match(
    byFetch.lines.join('\n'),
    /MAYFLY BLOCKED network: connection to api\.test:80 refused: this function has no/,
  )
  assert.ok(fixture.warnings.some(({ event, fields }) => event === 'blocked' && fields?.['kind'] === 'network'))
  assert.deepEqual({ connected: connected.length, resolved }, before)
})

for (const [name, url, network, reason] of [
  ['without a network', 'http://api.test/', { kind: 'none' }, /no network/],
  ['with no rule at all', 'http://api.test/', undefined, /no network/],
  ['a name of the metadata service', 'http://metadata.test/latest/', INTERNET, /never reachable/],
  ['a name that leads to loopback', 'http://rebound.test/', INTERNET, /never reachable/],
  ['a private name', 'http://private.test/', INTERNET, /private address/],
  [
    'a private name that is listed without its address',
    'http://private.test/',
    rule('private.test'),
    /private address/,
  ],
  ['the metadata service', 'http://169.254.169.254/latest/meta-data/', INTERNET, /never reachable/],
  ['the metadata service, listed', 'http://metadata.test/', rule('metadata.test'), /never reachable/],
] as const)
  test(`refused: ${name}`, async () => {
    const before = connected.length
    const { outcome, lines } = await fixture.invoke(node(GET, network), { url })
    assert.ok(outcome.kind === 'result')
    assert.match(Buffer.from(outcome.payload).toString(), reason)
    assert.match(lines.join('\n'), /MAYFLY BLOCKED network/)
    assert.equal(connected.length, before)
  })

test('a rule that is changed holds for the next connection of a running instance', async () => {
  let network: NetworkRule = INTERNET
  const version = fixture.node(`exports.handler = async (event) => { ${GET} }`, { network: async () => network })
  assert.equal(((await fixture.result(version)) as [number])[0], 200)
  network = { kind: 'none' }
  assert.equal(((await fixture.result(version)) as [number])[0], 403)
})

test('a name that is not there, and a request that is none, are answered', async () => {
  const [status, text] = (await fixture.result(node(GET, INTERNET), { url: 'http://absent.test/' })) as [number, string]
  assert.deepEqual([status, /absent\.test:80: getaddrinfo ENOTFOUND/.test(text)], [502, true])
  const raw = node(
    `return new Promise((resolve, reject) => { const s = require('node:net').connect(3128, '127.0.0.1'); let got = ''
      s.on('data', (d) => (got += d)); s.on('close', () => resolve(got)); s.on('error', reject); s.write(event.raw) })`,
    INTERNET,
  )
  assert.match(
    String(await fixture.result(raw, { raw: 'GET /_mayfly/health HTTP/1.1\r\nhost: x\r\n\r\n' })),
    /^HTTP\/1.1 400/,
  )
  assert.match(
    String(await fixture.result(raw, { raw: 'CONNECT nonsense HTTP/1.1\r\nhost: x\r\n\r\n' })),
    /^HTTP\/1.1 400/,
  )
  assert.equal(await fixture.result(raw, { raw: '\0\0\0garbage\r\n\r\n' }), '')
})
