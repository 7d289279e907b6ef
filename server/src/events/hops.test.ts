import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hops } from './hops.ts'

const inside = { kind: 'session', instance: 'i' } as unknown as Parameters<Hops['next']>[0]

test('what an instance causes carries one hop more than what started it', () => {
  const hops = new Hops()
  assert.equal(hops.next(inside), 1)
  hops.enter('i', 4)
  assert.equal(hops.next(inside), 5)
  hops.enter('i', 0)
  assert.equal(hops.next(inside), 1)
})

test('of several at once the longest chain counts, as long as it runs', () => {
  const hops = new Hops()
  hops.enterBeside('i', 2)
  hops.enterBeside('i', 7)
  hops.enterBeside('i', 0)
  assert.equal(hops.next(inside), 8)
  hops.exitBeside('i', 7)
  assert.equal(hops.next(inside), 3)
  hops.exitBeside('i', 2)
  hops.exitBeside('i', 0)
  assert.equal(hops.next(inside), 1)
})
