import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PRINT_BURST_BYTES, PRINT_BYTES_PER_MS } from './limits.ts'
import { PrintBudget } from './print-budget.ts'

test('who prints a burst, and then at the rate, does not flood', () => {
  const budget = new PrintBudget()
  assert.equal(budget.floods(PRINT_BURST_BYTES, 0), false)
  for (let nowMs = 10; nowMs < 1_000; nowMs += 10)
    assert.equal(budget.floods(10 * PRINT_BYTES_PER_MS, nowMs), false, `after ${nowMs} ms`)
  assert.equal(budget.floods(1, 990), true)
})

test('who pauses may burst again, and no more than that, however much it printed before', () => {
  const budget = new PrintBudget()
  assert.equal(budget.floods(100 * PRINT_BURST_BYTES, 0), true)
  assert.equal(budget.floods(PRINT_BURST_BYTES, PRINT_BURST_BYTES / PRINT_BYTES_PER_MS), false)
  assert.equal(budget.floods(PRINT_BURST_BYTES, 3_600_000), false)
  assert.equal(budget.floods(1, 3_600_000), true)
})
