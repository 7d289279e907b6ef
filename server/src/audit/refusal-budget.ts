// Bounds what callers without an account can make us write: so many refusals of one account at once, then so many a
// second. The next record that is written says how many were not.
import type { Clock } from '#base/clock.ts'
import { grownTo } from '#base/grown-cache.ts'
import { LRUCache } from 'lru-cache'
import { HEADS_CACHED_MAX, REFUSALS_BURST, REFUSALS_PER_SECOND } from './limits.ts'

interface Budget {
  left: number
  filledMs: number
  omitted: number
}

export class RefusalBudget {
  readonly #clock: Clock
  readonly #byAccount = new LRUCache<string, Budget>(grownTo(HEADS_CACHED_MAX))

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The number left out before, when this one may be written; undefined when it may not. */
  take(account: string): number | undefined {
    const nowMs = this.#clock.monotonicMs()
    const budget = this.#byAccount.get(account) ?? { left: REFUSALS_BURST, filledMs: nowMs, omitted: 0 }
    this.#byAccount.set(account, budget)
    budget.left = Math.min(REFUSALS_BURST, budget.left + ((nowMs - budget.filledMs) / 1000) * REFUSALS_PER_SECOND)
    budget.filledMs = nowMs
    if (budget.left < 1) {
      budget.omitted++
      return undefined
    }
    budget.left--
    const { omitted } = budget
    budget.omitted = 0
    return omitted
  }
}
