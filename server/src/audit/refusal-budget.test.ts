import { ManualClock } from '#base/clock.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REFUSALS_BURST, REFUSALS_PER_SECOND } from './limits.ts'
import { RefusalBudget } from './refusal-budget.ts'

test('a burst, then so many a second, and the next one says how many were left out', async () => {
  const clock = new ManualClock()
  const budget = new RefusalBudget(clock)
  const taken = Array.from({ length: REFUSALS_BURST + 50 }, () => budget.take('a'))
  assert.equal(taken.filter((one) => one === 0).length, REFUSALS_BURST)
  assert.equal(taken.filter((one) => one === undefined).length, 50)
  assert.equal(budget.take('b'), 0)
  await clock.advance(1000)
  const later = Array.from({ length: REFUSALS_PER_SECOND + 1 }, () => budget.take('a'))
  assert.equal(later[0], 50)
  assert.equal(later.at(-1), undefined)
})
