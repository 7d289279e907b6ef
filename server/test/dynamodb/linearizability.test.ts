// Conditional writes and transactions of 16 clients are linearizable, also over lost races and crashes; 2,000 histories are
// in linearizability.long.test.ts. The checker itself is held to histories that are not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findViolation, type Action, type Operation, type Value } from './history.ts'
import { simulateHistories, simulateHistory } from './simulated-history.ts'

const HISTORIES = 50

const operation = (begin: number, end: number, action: Action): Operation => ({ client: 0, begin, end, action })
const read = (...values: Value[]): Action => ({
  kind: 'read',
  values: values.map((value, register) => ({ register, value })),
})
const write = (
  outcome: 'done' | 'refused' | 'unknown',
  writes: Value[],
  conditions: (Value | undefined)[] = [],
): Action => ({
  kind: 'write',
  outcome,
  writes: writes.map((value, register) => ({ register, value })),
  conditions: conditions.flatMap((value, register) => (value === undefined ? [] : [{ register, value }])),
})
const isFine = (...history: Operation[]): boolean => findViolation(history, 2) === undefined

test('the checker accepts what has an order', () => {
  assert.ok(isFine())
  assert.ok(isFine(operation(1, 2, write('done', [1])), operation(3, 4, read(1))))
  // Overlapping: the read may come before the write or behind it.
  assert.ok(isFine(operation(1, 4, write('done', [1])), operation(2, 3, read(null))))
  assert.ok(isFine(operation(1, 4, write('done', [1])), operation(2, 3, read(1))))
  // Nobody knows whether it happened; it did, late.
  assert.ok(
    isFine(operation(1, Infinity, write('unknown', [1])), operation(2, 3, read(null)), operation(4, 5, read(1))),
  )
  assert.ok(isFine(operation(1, Infinity, write('unknown', [1])), operation(4, 5, read(null))))
  assert.ok(
    isFine(
      operation(1, 6, write('done', [1, 1])),
      operation(2, 5, write('refused', [2, 2], [null, 1])),
      operation(7, 8, read(1, 1)),
    ),
  )
})

test('the checker finds stale reads, lost updates, torn transactions and writes that come back', () => {
  // A read that began when the write was over does not see it.
  assert.ok(!isFine(operation(1, 2, write('done', [1])), operation(3, 4, read(null))))
  // Two conditional writes on the same value, both done.
  assert.ok(!isFine(operation(1, 4, write('done', [1], [null])), operation(2, 3, write('done', [2], [null]))))
  // Refused though nothing ever was otherwise.
  assert.ok(!isFine(operation(1, 2, write('refused', [1], [null]))))
  // Half of a transaction.
  assert.ok(!isFine(operation(1, 4, write('done', [1, 1])), operation(2, 3, read(1, null))))
  // Two readers see two writes in different orders.
  assert.ok(
    !isFine(
      operation(1, 20, write('done', [1])),
      operation(2, 19, write('done', [2])),
      operation(3, 4, read(1)),
      operation(5, 6, read(2)),
      operation(7, 8, read(1)),
    ),
  )
  // What was seen once cannot have not happened.
  assert.ok(
    !isFine(operation(1, Infinity, write('unknown', [1])), operation(2, 3, read(1)), operation(4, 5, read(null))),
  )
})

test(`${HISTORIES} histories of 16 clients are linearizable`, async () => {
  const first = Math.floor(Math.random() * 1_000_000)
  console.log(`linearizability.test.ts seed ${first}`)
  const seen = { operations: 0, refused: 0, unknown: 0 }
  for (const { seed, violation, operations, refused, unknown } of await simulateHistories(first, HISTORIES)) {
    assert.equal(violation, undefined, `seed ${seed}`)
    seen.operations += operations
    seen.refused += refused
    seen.unknown += unknown
  }
  // They were worth checking: conditions failed, and crashes left outcomes open.
  assert.ok(
    seen.operations > HISTORIES * 120 && seen.refused > HISTORIES && seen.unknown > HISTORIES,
    JSON.stringify(seen),
  )
})

test('histories over a store that loses checks are found wanting', async () => {
  const found = await Promise.all([1, 2, 3, 4, 5].map((seed) => simulateHistory(seed, true)))
  assert.ok(found.some(({ violation }) => violation !== undefined))
})
