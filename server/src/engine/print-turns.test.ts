import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PrintTurns } from './print-turns.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('one is read a turn, in the order in which they came; who has gone is passed over', async () => {
  const turns = new PrintTurns()
  const read: string[] = []
  const cancel = ['first', 'second', 'third', 'fourth'].map((name) => turns.wait(() => read.push(name)))
  cancel[1]?.()
  assert.equal(read.length, 0)
  await nextTurn()
  assert.deepEqual([...read], ['first'])
  turns.wait(() => read.push('fifth'))
  await nextTurn()
  assert.deepEqual(read, ['first', 'third'])
  await nextTurn()
  await nextTurn()
  await nextTurn()
  assert.deepEqual(read, ['first', 'third', 'fourth', 'fifth'])
})
