// A network of an instance's own: what it reaches, what stays closed whatever the function does, and what is left of it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { networkInterfaces } from 'node:os'
import { after, before, test } from 'node:test'
import type { FunctionVersion } from '#engine/engine.ts'
import { findPostgres, PostgresServer } from '../storage/postgres-server.ts'
import { EngineFixture, until } from './engine-fixture.ts'
import { FarMachine, missingForFarMachine } from './far-machine.ts'
import { namespaceOf, read, uplinksBelow } from './network-namespaces.ts'

/** Connects, says something, and answers what came back or why nothing did. */
const TALK = `
const net = require('node:net'), tls = require('node:tls'), dgram = require('node:dgram'), dns = require('node:dns').promises
const said = (socket) => new Promise((resolve) => {
  socket.setTimeout(15_000, () => { socket.destroy(); resolve('timeout') })
  socket.on('error', (error) => resolve(error.code))
  socket.on('data', (bytes) => { socket.destroy(); resolve(String(bytes)) })
  socket.write('hello')
})
const tcp = (host, port) => said(net.connect({ host, port }))
const secure = (host, port, ca) => said(tls.connect({ host, port, ca, checkServerIdentity() {} }))
const udp = (host, port) => new Promise((resolve) => {
  const socket = dgram.createSocket('udp4')
  const end = (answer) => { socket.close(); clearTimeout(timer); resolve(answer) }
  const timer = setTimeout(end, 3_000, 'timeout')
  socket.on('error', (error) => end(error.code)).on('message', (bytes) => end(String(bytes)))
  socket.connect(port, host, () => socket.send('hello'))
})
const name = async (server, text) => { const r = new dns.Resolver({ timeout: 5_000, tries: 2 }); r.setServers([server]); return (await r.resolve4(text))[0] }
`

const missing = missingForFarMachine()
const postgres = findPostgres()
let fixture: EngineFixture
let far: FarMachine
let database: PostgresServer | undefined
let unavailable: string | undefined
let closeFar = async (): Promise<void> => {}
const listeners: Server[] = []

before(async () => {
  unavailable = missing
  if (unavailable !== undefined) return
  fixture = await EngineFixture.open({ allowPrivateEgress: true, freezeAfterMs: 50 })
  const { uplink } = fixture.engine.status()
  if (!uplink.available) {
    unavailable = `${uplink.what}: ${uplink.mend}`
    return
  }
  database = 'bin' in postgres ? await PostgresServer.create(postgres.bin) : undefined
  const folder = database && new URL(database.url()).searchParams.get('host')
  far = await FarMachine.open(typeof folder === 'string' ? join(folder, '.s.PGSQL.5432') : undefined)
  closeFar = () => far.close()
})
after(async () => {
  for (const server of listeners) server.close()
  if (missing === undefined) assert.deepEqual(await fixture.close(), [])
  await closeFar()
  await database?.dispose()
})

function direct(handler: string, overrides: Partial<FunctionVersion> = {}): FunctionVersion {
  return fixture.node(`${TALK}\nexports.handler = async (event) => ${handler}`, {
    uplink: [],
    timeoutMs: 60_000,
    ...overrides,
  })
}

/** What nobody should hear. */
function answer(socket: Socket): void {
  socket.on('error', () => {})
  socket.end('reached')
}

test('public addresses are reached over TCP, TLS and UDP, names are resolved, and without a list nothing private is', async (t) => {
  if (unavailable !== undefined) return t.skip(unavailable)
  const version = direct(
    '({ tcp: await tcp(event.far, 5000), tls: await secure(event.far, 4433, event.ca), udp: await udp(event.far, 5001), name: await name(event.far, "any.test"), near: await tcp(event.near, 5000), mail: await tcp(event.far, 25) })',
  )
  const event = { far: far.publicAddress, near: far.privateAddress, ca: far.certificate }
  assert.deepEqual(await fixture.result(version, event), {
    tcp: 'hello',
    tls: 'hello',
    udp: 'hello',
    name: far.publicAddress,
    near: 'ECONNREFUSED',
    mail: 'ECONNREFUSED',
  })
})

test('private addresses are reached where they are listed, by their port, and where the server allows it', async (t) => {
  if (unavailable !== undefined) return t.skip(unavailable)
  const uplink = [{ address: far.privateAddress, bits: 32, port: 5000 }]
  const version = direct('[await tcp(event.near, 5000), await tcp(event.near, 4433)]', { uplink })
  assert.deepEqual(await fixture.result(version, { near: far.privateAddress }), ['hello', 'ECONNREFUSED'])
  const strict = await EngineFixture.open({ ready: {} })
  try {
    const refused = strict.node(`${TALK}\nexports.handler = (event) => tcp(event.near, 5000)`, {
      uplink,
      timeoutMs: 60_000,
    })
    assert.equal(await strict.result(refused, { near: far.privateAddress }), 'ECONNREFUSED')
  } finally {
    assert.deepEqual(await strict.close(), [])
  }
})

test('a database client of its own protocol works', async (t) => {
  if (unavailable !== undefined) return t.skip(unavailable)
  if (!database) return t.skip('missing' in postgres ? postgres.missing : 'no database')
  const modules = join(import.meta.dirname, '../../../node_modules')
  const version = direct(
    `(async () => {
      const client = new (require('pg').Client)({ host: event.near, port: 5432, user: 'mayfly', database: 'postgres' })
      await client.connect()
      const { rows } = await client.query('select 6 * 7 as answer')
      await client.end()
      return rows[0].answer
    })()`,
    { uplink: [{ address: far.privateAddress, bits: 32, port: 5432 }] },
  )
  const { code } = version
  const withClient: FunctionVersion = {
    ...version,
    code: {
      ...code,
      id: code.id.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
      async unpack(folder) {
        await code.unpack(folder)
        for (const name of readdirSync(modules).filter((one) => /^(pg|postgres-|split2$|xtend$)/.test(one)))
          cpSync(join(modules, name), join(folder, 'node_modules', name), { recursive: true })
      },
    },
  }
  assert.equal(await fixture.result(withClient, { near: far.privateAddress }), 42)
})

test('this machine, link-local and metadata addresses stay closed, whatever is listed', async (t) => {
  if (unavailable !== undefined) return t.skip(unavailable)
  const heard: string[] = []
  const listener = createServer((socket) => {
    heard.push(socket.remoteAddress ?? '')
    answer(socket)
  }).listen(0, '::')
  listeners.push(listener)
  const abstract = createServer(answer).listen(`\0mayfly-uplink-${process.pid}`)
  listeners.push(abstract)
  await Promise.all([once(listener, 'listening'), once(abstract, 'listening')])
  const address = listener.address()
  assert.ok(address !== null && typeof address === 'object')
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const hosts = [
    ...own.map((one) => one.address),
    '198.18.0.2',
    '198.18.0.3',
    '198.18.0.100',
    '169.254.169.254',
    '169.254.1.1',
    '0.0.0.0',
    '224.0.0.1',
    'fe80::1',
    '::ffff:127.0.0.1',
    `::ffff:${far.nearAddress}`,
  ]
  const blocks = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15', '192.0.2.0/24']
  const uplink = blocks.map((block) => ({ address: block.split('/')[0] ?? '', bits: Number(block.split('/')[1]) }))
  const version = direct(
    `({ abstract: await said(net.connect('\\0mayfly-uplink-' + event.pid)), tcp: await Promise.all(event.hosts.map((host) => tcp(host, event.port))), udp: await udp('169.254.169.254', 53) })`,
    { uplink },
  )
  const got = (await fixture.result(version, { hosts, port: address.port, pid: process.pid })) as {
    abstract: string
    tcp: string[]
    udp: string
  }
  assert.deepEqual(heard, [])
  assert.equal(got.abstract, 'ECONNREFUSED')
  for (const [index, answer] of got.tcp.entries()) assert.match(answer, /^E[A-Z]+$/, `${hosts[index]}: ${answer}`)
  assert.match(got.udp, /^E[A-Z]+$/)
})

test('an address that the machine gets later is closed as well', async (t) => {
  if (unavailable !== undefined) return t.skip(unavailable)
  const listener = createServer(answer).listen(0, '0.0.0.0')
  listeners.push(listener)
  await once(listener, 'listening')
  const address = listener.address()
  assert.ok(address !== null && typeof address === 'object')
  const later = far.laterAddress
  const version = direct('tcp(event.later, event.port)')
  const ask = (): Promise<unknown> => fixture.result(version, { later, port: address.port })
  // The route leads to the other machine, which has no such address: the connection fails, but not at the filter.
  await ask().catch(() => {})
  far.addToThisMachine(later)
  const endMs = Date.now() + 30_000
  while ((await ask()) === 'reached') {
    assert.ok(Date.now() < endMs, 'the new address stays open')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.equal(await ask(), 'ECONNREFUSED')
})

test('thousands of connections that the far end closes first leave room for more', async (t) => {
  if (unavailable !== undefined) return t.skip(unavailable)
  const version = direct(
    `(async () => {
      const answers = {}
      for (let round = 0; round < 60; round++)
        for (const text of await Promise.all(Array.from({ length: 50 }, () => tcp(event.far, 5002))))
          answers[text] = (answers[text] ?? 0) + 1
      return answers
    })()`,
  )
  assert.deepEqual(await fixture.result(version, { far: far.publicAddress }), { bye: 3_000 })
})

test('the function has no right over its network', async (t) => {
  if (unavailable !== undefined) return t.skip(unavailable)
  const attempts: Readonly<Record<string, string>> = {
    flush: 'nft flush ruleset',
    list: 'nft add table inet other',
    address: 'ip addr add 10.211.77.9/24 dev uplink',
    route: 'ip route add 169.254.0.0/16 dev uplink',
    device: 'ip link add dummy0 type dummy',
    down: 'ip link set uplink down',
    setting: 'echo 1 > /proc/sys/net/ipv4/ip_forward',
    namespace: 'unshare --user --map-root-user --net true',
    machine: 'nsenter --net=/proc/1/ns/net true',
    raw: `python3 -c "import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)"`,
    packet: `python3 -c "import socket; socket.socket(17, socket.SOCK_RAW, 0)"`,
    device_bound: `python3 -c "
import socket
s = socket.socket(); s.settimeout(5); s.setsockopt(socket.SOL_SOCKET, 25, b'uplink'); s.connect(('169.254.169.254', 80))"`,
    source_route: `python3 -c "
import socket
s = socket.socket(); s.settimeout(5); s.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, bytes([131, 7, 4, 169, 254, 169, 254, 0])); s.connect(('169.254.169.254', 80))"`,
    low_port: `python3 -c "import socket; socket.socket().bind(('0.0.0.0', 80))"`,
    mark: `python3 -c "import socket; socket.socket().setsockopt(socket.SOL_SOCKET, 36, 1)"`,
  }
  const version = direct(
    `({ rights: /CapEff:\\t(\\w+)/.exec(require('node:fs').readFileSync('/proc/self/status', 'utf8'))[1], worked: Object.entries(event.attempts).filter(([, line]) => require('node:child_process').spawnSync('/bin/sh', ['-c', 'PATH=$PATH:/usr/sbin:/sbin; ' + line], { timeout: 20_000 }).status === 0).map(([name]) => name), after: await tcp('169.254.169.254', 80) })`,
  )
  assert.deepEqual(await fixture.result(version, { attempts }), {
    rights: '0000000000000000',
    worked: [],
    after: 'ECONNREFUSED',
  })
})

test('a connection stands while the instance is frozen', async (t) => {
  if (unavailable !== undefined) return t.skip(unavailable)
  const version = direct(
    `(async () => { globalThis.kept ??= net.connect({ host: event.far, port: 5000 }); const answer = new Promise((resolve, reject) => { kept.once('data', (bytes) => resolve(String(bytes))); kept.once('error', reject) }); kept.write(event.text); return answer })()`,
  )
  assert.equal(await fixture.result(version, { far: far.publicAddress, text: 'before' }), 'before')
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  assert.equal(await fixture.result(version, { far: far.publicAddress, text: 'after' }), 'after')
})

test('bytes are counted, and what the filter refuses is in the log, each goal once', async (t) => {
  if (unavailable !== undefined) return t.skip(unavailable)
  const lines: string[] = []
  const version = direct(
    `event.bytes === undefined ? [await tcp('169.254.169.254', 80), await tcp('169.254.169.254', 80), await udp('10.99.0.1', 53)] : new Promise((resolve, reject) => {
      let left = event.bytes
      const socket = net.connect({ host: event.far, port: 5000 })
      socket.on('error', reject).on('data', (bytes) => { left -= bytes.length; if (left === 0) { socket.destroy(); resolve('all') } })
      socket.write(Buffer.alloc(event.bytes))
    })`,
    { output: (_instance, line) => void lines.push(line.text.toString()) },
  )
  const BYTES = 1_000_000
  for (let round = 0; round < 2; round++) {
    const { outcome } = await fixture.invoke(version, { far: far.publicAddress, bytes: BYTES })
    assert.equal(outcome.kind, 'result')
    const { sentBytes, receivedBytes } = outcome.metering
    // Heads of packets and acknowledgements count as well.
    for (const bytes of [sentBytes, receivedBytes]) assert.ok(bytes >= BYTES && bytes < BYTES * 1.2, `${bytes} bytes`)
  }
  for (let round = 0; round < 2; round++) await fixture.invoke(version, { far: far.publicAddress })
  const blocked = (): string[] => lines.filter((line) => line.startsWith('MAYFLY BLOCKED')).sort()
  await until(() => blocked().length === 2, 20_000)
  assert.match(blocked()[0] ?? '', /^MAYFLY BLOCKED network: connection to 10\.99\.0\.1:53 \(udp\) refused/)
  assert.match(blocked()[1] ?? '', /^MAYFLY BLOCKED network: connection to 169\.254\.169\.254:80 \(tcp\) refused/)
  // They are told once, however often it tries again.
  await fixture.invoke(version, { far: far.publicAddress })
  await new Promise((resolve) => setTimeout(resolve, 4_500))
  assert.equal(blocked().length, 2)
})

test('an instance ends with its network, and when memory runs out it is the function that ends', async (t) => {
  if (unavailable !== undefined) return t.skip(unavailable)
  const version = direct(
    `(globalThis.kept ??= [], event.fill ? (() => { for (;;) kept.push(Buffer.alloc(4e6, 1)) })() : { started: globalThis.started ??= Math.random(), said: await tcp(event.far, 5000) })`,
  )
  const ask = async (): Promise<{ started: number; said: string }> =>
    (await fixture.result(version, { far: far.publicAddress })) as { started: number; said: string }
  const others = uplinksBelow(process.pid)
  const first = await ask()
  assert.equal(first.said, 'hello')
  assert.equal((await ask()).started, first.started)
  // Long enough for the watch to have seen that the network was there.
  await new Promise((resolve) => setTimeout(resolve, 4_500))
  const { pids, namespaces } = uplinksBelow(process.pid)
  const stack = pids.find((pid) => !others.pids.includes(pid) && read(`/proc/${pid}/comm`) === 'slirp4netns\n')
  assert.ok(stack !== undefined)
  process.kill(stack, 'SIGKILL')
  const own = [...namespaces].filter((name) => !others.namespaces.has(name))
  await until(() => !own.some((name) => uplinksBelow(process.pid).namespaces.has(name)), 20_000)
  // The engine hears of the end a little later.
  await new Promise((resolve) => setTimeout(resolve, 500))
  const next = await ask()
  assert.equal(next.said, 'hello')
  assert.notEqual(next.started, first.started)
  const { outcome } = await fixture.invoke(version, { fill: true })
  assert.equal(outcome.kind, 'out-of-memory')
  assert.equal((await ask()).said, 'hello')
})

/** A server of its own, with an instance that has a network. */
async function childWithUplink(): Promise<{ readonly pid: number; readonly kill: () => void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'uplink-child.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return { pid: child.pid ?? 0, kill: () => void child.kill('SIGKILL') }
}

for (const victim of ['server', 'launcher'] as const)
  test(`nothing is left when the ${victim} is killed`, async (t) => {
    if (unavailable !== undefined) return t.skip(unavailable)
    const child = await childWithUplink()
    try {
      const { pids, namespaces } = uplinksBelow(child.pid)
      const stacks = pids.filter((pid) => read(`/proc/${pid}/comm`) === 'slirp4netns\n')
      assert.equal(stacks.length, 1)
      assert.ok(namespaces.size > 0)
      const launcher = pids.find((pid) => /launcher\/main\.cjs/.test(read(`/proc/${pid}/cmdline`)))
      assert.ok(launcher !== undefined)
      if (victim === 'server') child.kill()
      else process.kill(launcher, 'SIGKILL')
      const isGone = (pid: number): boolean =>
        /^State:\tZ/m.test(read(`/proc/${pid}/status`)) || namespaceOf(pid) === ''
      await until(() => stacks.every(isGone), 20_000)
      const live = (): string[] =>
        readdirSync('/proc')
          .filter((entry) => /^\d+$/.test(entry))
          .map((entry) => namespaceOf(Number(entry)))
      await until(() => !live().some((name) => namespaces.has(name)), 20_000)
      for (const name of namespaces)
        assert.ok(!read('/proc/self/mountinfo').includes(name), 'a mount holds the namespace')
      // The launcher that took over may have just begun: it ends with its server as well.
      child.kill()
      await until(() => !launchersOf(child.pid).some((pid) => !isGone(pid)), 20_000)
    } finally {
      child.kill()
    }
  })

/** Launchers whose cells lie in the folder of this server's engine, whoever their parent is by now. */
function launchersOf(server: number): number[] {
  const folder = `mayfly-engine-of-${server}-`
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && read(`/proc/${entry}/cmdline`).includes(folder))
    .map(Number)
    .filter((pid) => pid !== process.pid)
}
