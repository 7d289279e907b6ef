// How long and how often deliveries are tried.
import type { RetryPolicy } from '#events/target.ts'
import { EVENT_AGE_MAX_S, RETRIES_MAX, RETRY_DELAY_BASE_MS, RETRY_DELAY_MAX_MS } from './limits.ts'
import type { RuleTarget } from './rule.ts'

const DELAYS_MS: readonly number[] = Array.from({ length: RETRIES_MAX }, (_, index) =>
  Math.min(RETRY_DELAY_MAX_MS, RETRY_DELAY_BASE_MS * 2 ** Math.min(index, 30)),
)

/** Of steps inside EventBridge, which fail only when the store does. */
export const OWN_RETRIES: RetryPolicy = { delaysMs: DELAYS_MS, ageMaxMs: Number.POSITIVE_INFINITY }

/** The age is looked at by the delivery itself, because there may be a dead-letter queue to tell. */
export function retriesOf({ retriesMax = RETRIES_MAX }: Pick<RuleTarget, 'retriesMax'>): RetryPolicy {
  return { delaysMs: DELAYS_MS.slice(0, retriesMax), ageMaxMs: Number.POSITIVE_INFINITY }
}

export function ageMaxMsOf({ ageMaxS = EVENT_AGE_MAX_S }: Pick<RuleTarget, 'ageMaxS'>): number {
  return ageMaxS * 1000
}
