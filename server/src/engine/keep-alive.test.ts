import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeepAlive, isKept } from './keep-alive.ts'

const MINUTE = 60_000
const KEEP = 10 * MINUTE

function learned(gapsMs: readonly number[]): ReturnType<KeepAlive['windows']> {
  const policy = new KeepAlive('learned', KEEP)
  for (const gap of gapsMs) policy.called('f', gap)
  return policy.windows('f')
}

function many(gapMs: number, count = 30): number[] {
  return Array.from({ length: count }, () => gapMs)
}

test('what is not known yet, and the fixed setting, keep for the fixed time', () => {
  assert.deepEqual(learned([]), { firstMs: KEEP, again: undefined })
  assert.deepEqual(learned(many(30 * MINUTE, 7)), { firstMs: KEEP, again: undefined })
  const fixed = new KeepAlive('fixed', KEEP)
  for (const gap of many(30 * MINUTE)) fixed.called('f', gap)
  assert.deepEqual(fixed.windows('f'), { firstMs: KEEP, again: undefined })
})

test('a function that is called every half hour is let go, and loaded again just before', () => {
  const windows = learned(many(30 * MINUTE))
  assert.equal(windows.firstMs, MINUTE)
  assert.equal(isKept(windows, 0.5 * MINUTE), true)
  assert.equal(isKept(windows, 15 * MINUTE), false)
  assert.equal(isKept(windows, 30 * MINUTE), true)
  assert.equal(isKept(windows, 29 * MINUTE), true)
  assert.equal(isKept(windows, 31 * MINUTE), true)
  assert.equal(isKept(windows, 40 * MINUTE), false)
})

test('one that is called every few minutes, or not for hours, is kept for these minutes only', () => {
  const windows = learned([...many(3 * MINUTE), ...many(3 * 60 * MINUTE, 3)])
  assert.equal(isKept(windows, 3 * MINUTE), true)
  assert.equal(isKept(windows, 4 * MINUTE), false)
  assert.equal(isKept(windows, 3 * 60 * MINUTE), false)
})

test('times that no window pays for get the shortest one', () => {
  assert.deepEqual(learned(many(20 * 3_600_000)), { firstMs: MINUTE, again: undefined })
})

test('calls in quick succession do not make it forget the pauses', () => {
  const pauses = many(5 * MINUTE)
  const windows = learned(pauses.flatMap((gap) => [gap].concat(many(1_000, 20))))
  assert.equal(isKept(windows, 5 * MINUTE), true)
})

test('a habit that changes is learned anew', () => {
  const windows = learned([...many(30 * MINUTE, 200), ...many(4 * MINUTE, 1_500)])
  assert.ok(isKept(windows, 4 * MINUTE))
  assert.equal(isKept(windows, 30 * MINUTE), false)
})

test('functions do not learn from each other', () => {
  const policy = new KeepAlive('learned', KEEP)
  for (const gap of many(30 * MINUTE)) policy.called('f', gap)
  assert.deepEqual(policy.windows('g'), { firstMs: KEEP, again: undefined })
})
