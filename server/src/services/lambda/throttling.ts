// Invocations that did not begin, and what their callers are told.
import { AwsError } from '#protocol/errors.ts'
import type { BudgetRefusal } from '#telemetry/usage/budgets.ts'

/** Most Lambda errors say whose fault it was in a member `Type`. */
const USER = { Type: 'User' }

export type Throttled =
  /** What is used up: what a function has reserved, what the functions of an account share, or the node. */
  | { readonly kind: 'throttled'; readonly reason: 'reservation' | 'concurrency' | 'capacity' }
  | { readonly kind: 'throttled'; readonly reason: 'budget'; readonly refusal: BudgetRefusal }

/**
 * 429 of an invocation that does not fit into a budget any more. Without `Retry-After`: clients that heed it would sleep
 * until the budget begins anew.
 */
function overBudget({ budget, unit, max, untilMs }: BudgetRefusal): AwsError {
  const whose = budget.function === undefined ? `account ${budget.account}` : `function ${budget.function}`
  const period = budget.period === 'day' ? 'daily' : 'monthly'
  const from = new Date(untilMs).toISOString().replace('.000', '')
  return new AwsError(
    'TooManyRequestsException',
    429,
    `The ${period} budget of ${max} ${unit} of ${whose} is used up. It begins anew at ${from}; \`mayfly budget\` raises it.`,
    {
      fields: {
        ...USER,
        Reason: budget.function === undefined ? 'CallerRateLimitExceeded' : 'FunctionInvocationRateLimitExceeded',
      },
    },
  )
}

/** The error of an invocation that did not begin. */
export function throttledError(throttled: Throttled): AwsError {
  return throttled.reason === 'budget' ? overBudget(throttled.refusal) : tooManyRequests(throttled.reason)
}

/** 429 of an invocation that could not begin. Nothing of it has run. */
function tooManyRequests(reason: Exclude<Throttled['reason'], 'budget'>): AwsError {
  const limit = reason === 'reservation' ? 'ReservedFunctionConcurrentInvocation' : 'ConcurrentInvocation'
  return new AwsError('TooManyRequestsException', 429, 'Rate Exceeded.', {
    fields: { ...USER, Reason: `${limit}LimitExceeded`, retryAfterSeconds: '1' },
    headers: { 'retry-after': '1' },
  })
}
