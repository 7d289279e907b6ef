// Instances that are kept ready and have a network of their own: each has one from its init on, keeps it while it is frozen,
// and takes it along when it ends; what passes it is told of its own version.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { FunctionVersion } from '#engine/engine.ts'
import { EngineFixture, until } from './engine-fixture.ts'
import { FarMachine, missingForFarMachine } from './far-machine.ts'
import { stacksBesides, uplinksBelow } from './network-namespaces.ts'

let fixture: EngineFixture | undefined
let far: FarMachine
let unavailable = missingForFarMachine()
/** Those of probes and of nobody here. */
let others: readonly number[] = []
let namespacesBefore: ReadonlySet<string> = new Set()

before(async () => {
  if (unavailable !== undefined) return
  fixture = await EngineFixture.open({ freezeAfterMs: 50, ready: {} })
  const { uplink } = fixture.engine.status()
  if (!uplink.available) {
    unavailable = `${uplink.what}: ${uplink.mend}`
    return
  }
  far = await FarMachine.open(undefined)
  const { pids, namespaces } = uplinksBelow(process.pid)
  others = pids
  namespacesBefore = namespaces
})
after(async () => {
  if (fixture) assert.deepEqual(await fixture.close(), [])
  await far?.close()
})

/** Connects while it is initialised, and says the event's bytes over that connection. */
function talker({ node }: { readonly node: (source: string, overrides: Partial<FunctionVersion>) => FunctionVersion }) {
  return node(
    `const net = require('node:net')
    const connection = net.connect({ host: '${far.publicAddress}', port: 5000 }).on('error', () => {})
    let heard = () => {}
    connection.on('data', (bytes) => heard(bytes.length))
    const say = (bytes) => new Promise((resolve, reject) => {
      let left = bytes
      connection.once('error', reject)
      heard = (count) => (left -= count) <= 0 && resolve(bytes)
      connection.write(Buffer.alloc(bytes))
    })
    const begun = say(5)
    let calls = 0
    exports.handler = async (event) => {
      await begun
      if (event.bytes) await say(event.bytes)
      return { origin: process.env.ORIGIN, instance: process.env.INSTANCE, calls: ++calls }
    }`,
    {
      uplink: [],
      timeoutMs: 60_000,
      instanceEnvironment: (instance, origin) => ({ ORIGIN: origin, INSTANCE: instance }),
    },
  )
}

const own = (): string[] => [...uplinksBelow(process.pid).namespaces].filter((name) => !namespacesBefore.has(name))

test('ordered instances have a network each, from their init on; what passes is told of their own version', async (t) => {
  if (unavailable !== undefined || !fixture) return t.skip(unavailable)
  const { engine } = fixture
  const node = fixture.node.bind(fixture)
  const [one, two] = [talker({ node }), talker({ node })]
  engine.provision(one, 2)
  engine.provision(two, 1)
  const available = (): number[] => [one, two].map(({ id }) => engine.provisioned(id).available)
  await until(() => String(available()) === '2,1', 60_000)
  assert.equal(stacksBesides(others).length, 3)
  assert.equal(own().length, 3, 'no two share a network')
  // They are frozen by now, with a connection each.
  await new Promise((resolve) => setTimeout(resolve, 500))
  const BYTES = 500_000
  const told = { one: 0, two: 0 }
  for (const [name, version, bytes] of [
    ['one', one, BYTES],
    ['two', two, 0],
    ['one', one, BYTES],
    ['two', two, 0],
  ] as const) {
    const { outcome } = await fixture.invoke(version, { bytes })
    assert.equal(outcome.kind, 'result')
    assert.match(Buffer.from(outcome.payload).toString(), /"origin":"provisioned"/)
    const { sentBytes, receivedBytes } = outcome.metering
    assert.ok(sentBytes < BYTES * 1.2 && receivedBytes < BYTES * 1.2, `${sentBytes} and ${receivedBytes} bytes`)
    assert.ok(Math.min(sentBytes, receivedBytes) >= bytes)
    told[name] += sentBytes
  }
  assert.ok(told.one >= 2 * BYTES && told.two > 0 && told.two < 10_000, JSON.stringify(told))

  engine.provision(one, 1)
  await until(() => own().length === 2, 30_000)
  assert.equal(stacksBesides(others).length, 2)
  engine.provision(one, 0)
  engine.provision(two, 0)
  await until(() => own().length === 0, 30_000)
  assert.deepEqual(stacksBesides(others), [])
})

test('an ordered instance whose network ends is replaced by one with a network', async (t) => {
  if (unavailable !== undefined || !fixture) return t.skip(unavailable)
  const { engine } = fixture
  const version = talker({ node: fixture.node.bind(fixture) })
  const ready = (): boolean => engine.provisioned(version.id).available === 1
  engine.provision(version, 1)
  await until(ready, 60_000)
  const first = (await fixture.result(version, { bytes: 5 })) as { readonly instance: string }
  // The watch over the network must have seen that it was there.
  await new Promise((resolve) => setTimeout(resolve, 4_500))
  const [stack, more] = stacksBesides(others)
  assert.ok(stack !== undefined && more === undefined)
  const before = own()
  process.kill(stack, 'SIGKILL')
  // Looked at once: the namespace of the one that is ending may be gone a moment later.
  const isOther = ([now, ...more]: readonly string[]): boolean =>
    now !== undefined && now !== before[0] && more.length === 0
  await until(() => isOther(own()) && ready(), 60_000)
  const next = (await fixture.result(version, { bytes: 5 })) as { readonly instance: string; readonly origin: string }
  assert.equal(next.origin, 'provisioned')
  assert.notEqual(next.instance, first.instance)
  engine.retire(version.id)
  await until(() => own().length === 0, 30_000)
})
