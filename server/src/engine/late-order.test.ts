import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { LateOrder } from './late-order.ts'
import type { Command } from './launcher/commands.ts'
import { LATE_ORDER_MS } from './limits.ts'

function orders(): { clock: ManualClock; late: LateOrder; sent: string[] } {
  const clock = new ManualClock()
  const sent: string[] = []
  return { clock, sent, late: new LateOrder(clock, ({ cell }) => sent.push(cell)) }
}

const assign = (cell: string): Command => ({ op: 'assign', cell, memoryMb: 128, version: 'v' })

test('one order waits; those that come close behind it do not', async () => {
  const { clock, late, sent } = orders()
  for (const cell of ['a', 'b', 'c']) late.put(assign(cell))
  assert.deepEqual(sent, ['b', 'c'])
  await clock.advance(LATE_ORDER_MS)
  assert.deepEqual(sent, ['b', 'c', 'a'])
  late.put(assign('d'))
  assert.deepEqual(sent, ['b', 'c', 'a'])
  await clock.advance(LATE_ORDER_MS / 2)
  late.put(assign('e'))
  await clock.advance(LATE_ORDER_MS - 1)
  late.put(assign('f'))
  assert.deepEqual(sent, ['b', 'c', 'a', 'e', 'd', 'f'])
})

test('it goes before whatever else is sent for its cell, and only once', async () => {
  const { clock, late, sent } = orders()
  late.put(assign('a'))
  late.before('b')
  assert.deepEqual(sent, [])
  late.before('a')
  late.before('a')
  await clock.advance(LATE_ORDER_MS)
  assert.deepEqual(sent, ['a'])
})

test('what is dropped is never sent', async () => {
  const { clock, late, sent } = orders()
  late.put(assign('a'))
  late.drop()
  late.before('a')
  await clock.advance(LATE_ORDER_MS)
  assert.deepEqual(sent, [])
})
