import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { Lease, LeaseLostError, type LeaseOptions } from './lease.ts'
import { BEAT_INTERVAL_MS, LEASE_MS } from './limits.ts'

function world(alone: boolean) {
  const store = createMemoryStore()
  const clock = new ManualClock()
  const nodes: AbortController[] = []
  const options = (owner: string): LeaseOptions => {
    const node = new AbortController()
    nodes.push(node)
    return { store, clock, name: 'queues', owner, alone, signal: node.signal }
  }
  const write = (lease: Lease) =>
    store.commit({ checks: [lease.check], sets: [{ key: ['data'], value: Buffer.from('x') }] })
  /** Lets time pass in small steps, so that whoever waits can act in between. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += BEAT_INTERVAL_MS / 2) {
      await clock.advance(BEAT_INTERVAL_MS / 2)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { store, clock, nodes, options, write, pass }
}

test('an owner writes with its check, until another one owns the lease', async () => {
  const { options, write } = world(true)
  const first = await Lease.take(options('one'))
  assert.equal((await write(first)).kind, 'committed')
  assert.equal((await write(first)).kind, 'committed')
  const second = await Lease.take(options('two'))
  assert.equal((await write(first)).kind, 'conflict')
  assert.equal((await write(second)).kind, 'committed')
})

test('among several nodes a lease is waited for while its holder lives', async () => {
  const { options, write, pass, nodes } = world(false)
  const first = await Lease.take(options('one'))
  let second: Lease | undefined
  void Lease.take(options('two')).then((lease) => (second = lease))
  await pass(3 * LEASE_MS)
  assert.equal(second, undefined)
  assert.equal((await write(first)).kind, 'committed')
  // The first node stands still: it beats no more, and does not know what comes.
  nodes[0]?.abort()
  await pass(2 * LEASE_MS)
  assert.ok(second)
  assert.equal((await write(first)).kind, 'conflict')
  assert.equal((await write(second)).kind, 'committed')
})

test('a lease that was let go is had at once, and its former holder cannot write', async () => {
  const { options, write } = world(false)
  const first = await Lease.take(options('one'))
  await first.release()
  const second = await Lease.take(options('two'))
  assert.equal((await write(first)).kind, 'conflict')
  assert.equal((await write(second)).kind, 'committed')
})

test('of several that want a free lease one gets it; who gives up waiting is told', async () => {
  const { options, write, pass, nodes } = world(false)
  const wanted = ['a', 'b', 'c'].map((owner) => Lease.take(options(owner)))
  const first = await Promise.race(wanted)
  assert.equal((await write(first)).kind, 'committed')
  const losers = wanted.map((want) =>
    want.then(
      () => 'got it',
      (error: unknown) => error,
    ),
  )
  // Everybody but the holder gives up; the holder's own signal comes too late to matter.
  for (const node of nodes) node.abort()
  await pass(2 * LEASE_MS)
  const outcomes = await Promise.all(losers)
  assert.equal(outcomes.filter((outcome) => outcome === 'got it').length, 1)
  assert.equal(outcomes.filter((outcome) => outcome instanceof LeaseLostError).length, 2)
})
