import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { Lull } from './lull.ts'
import { PrintTurns } from './print-turns.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('one is read a turn, in the order in which they came; who has gone is passed over', async () => {
  const turns = new PrintTurns(new ManualClock(0))
  const read: string[] = []
  const cancel = ['first', 'second', 'third', 'fourth'].map((name) => turns.wait(1_000, () => read.push(name)))
  cancel[1]?.()
  assert.equal(read.length, 0)
  await nextTurn()
  assert.deepEqual([...read], ['first'])
  turns.wait(1_000, () => read.push('fifth'))
  await nextTurn()
  assert.deepEqual(read, ['first', 'third'])
  await nextTurn()
  await nextTurn()
  await nextTurn()
  assert.deepEqual(read, ['first', 'third', 'fourth', 'fifth'])
})

test('at a rate: nobody is read before what all were read is paid for, and all have their turns', async () => {
  const clock = new ManualClock(0)
  const turns = new PrintTurns(clock, { bytesPerMs: 100, lull: new Lull(clock) })
  const read: Record<string, number> = { first: 0, second: 0, third: 0 }
  const print = (name: string): void =>
    void turns.wait(1_000, () => {
      read[name] = (read[name] ?? 0) + 1_000
      // What comes is told after the turn, as by a socket.
      setImmediate(() => print(name))
    })
  for (const name of Object.keys(read)) print(name)
  for (let ms = 0; ms < 600; ms++) {
    await clock.advance(1)
    for (let turn = 0; turn < 4; turn++) await nextTurn()
  }
  // What was printed before the first turn is paid for after 30 ms; from then on one comes every 10.
  assert.deepEqual(read, { first: 20_000, second: 19_000, third: 19_000 })
})

test('who is read and prints no more keeps nobody waiting', async () => {
  const clock = new ManualClock(0)
  const turns = new PrintTurns(clock, { bytesPerMs: 100, lull: new Lull(clock) })
  const read: string[] = []
  for (const name of ['first', 'second', 'third']) turns.wait(1_000, () => read.push(name))
  await clock.advance(29)
  await nextTurn()
  assert.deepEqual(read, [])
  await clock.advance(1)
  for (let turn = 0; turn < 3; turn++) await nextTurn()
  assert.deepEqual(read, ['first', 'second', 'third'])
})

test('while quick invocations are under way nobody is read', async () => {
  const clock = new ManualClock(0)
  const lull = new Lull(clock)
  const turns = new PrintTurns(clock, { bytesPerMs: 1_000, lull })
  const read: string[] = []
  lull.began()
  turns.wait(1_000, () => read.push('first'))
  await clock.advance(10)
  assert.deepEqual(read, [])
  lull.finished()
  await nextTurn()
  assert.deepEqual(read, ['first'])
})
