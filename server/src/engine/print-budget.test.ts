import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PRINT_BURST_BYTES, PRINT_BYTES_PER_MS } from './limits.ts'
import { PrintBudget } from './print-budget.ts'

test('a burst is read at once, and what comes after it at the rate', () => {
  const budget = new PrintBudget()
  assert.equal(budget.printed(PRINT_BURST_BYTES, 0), 0)
  const bytes = 64 * 1024
  let nowMs = 0
  let read = 0
  while (nowMs < 1_000) {
    nowMs += budget.printed(bytes, nowMs)
    read += bytes
  }
  assert.ok(Math.abs(read - PRINT_BYTES_PER_MS * 1_000) <= 2 * bytes, `${read} bytes in a second`)
})

test('who pauses may burst again, and no more than that', () => {
  const budget = new PrintBudget()
  budget.printed(PRINT_BURST_BYTES, 0)
  assert.equal(budget.printed(PRINT_BURST_BYTES, 3_600_000), 0)
  assert.ok(budget.printed(1_000_000, 3_600_000) > 0)
})
