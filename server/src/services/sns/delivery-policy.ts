// How deliveries are repeated. HTTP endpoints can be given a policy of four phases (without delay, before the backoff,
// backoff, after it); for all others the policy is SNS's own. Source: SNS developer guide, "Message delivery retries".
import type { RetryPolicy } from '#events/target.ts'
import { isJsonObject, type JsonObject, parseJsonObject } from './json-text.ts'
import { DELIVERY_AGE_MAX_MS, RETRIES_MAX, RETRY_DELAY_S_MAX } from './limits.ts'

export type Backoff = 'linear' | 'arithmetic' | 'geometric' | 'exponential'

export interface HealthyRetryPolicy {
  /** Seconds. */
  readonly minDelayTarget: number
  /** Seconds. */
  readonly maxDelayTarget: number
  readonly numRetries: number
  readonly numMaxDelayRetries: number
  readonly numNoDelayRetries: number
  readonly numMinDelayRetries: number
  readonly backoffFunction: Backoff
}

/** What holds for one subscription. */
export interface HttpDeliveryPolicy {
  readonly healthyRetryPolicy: HealthyRetryPolicy
  readonly maxReceivesPerSecond: number | undefined
  readonly contentType: string | undefined
}

const DEFAULT_RETRY: HealthyRetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: 'linear',
}

const BACKOFFS: ReadonlySet<string> = new Set(['linear', 'arithmetic', 'geometric', 'exponential'])
const CONTENT_TYPES: ReadonlySet<string> = new Set([
  'text/csv',
  'text/html',
  'text/plain',
  'text/xml',
  'application/atom+xml',
  'application/json',
  'application/octet-stream',
  'application/soap+xml',
  'application/x-www-form-urlencoded',
  'application/xhtml+xml',
  'application/xml',
])

export type PolicyCheck =
  | { readonly kind: 'policy'; readonly policy: JsonObject }
  | { readonly kind: 'invalid'; readonly reason: string }

/** Checks the DeliveryPolicy attribute of a subscription. */
export function checkSubscriptionPolicy(text: string): PolicyCheck {
  const policy = parseJsonObject(text)
  if (policy === undefined) return invalid('failed to parse JSON.')
  return checkParts(policy, {
    healthyRetryPolicy: checkRetry,
    sicklyRetryPolicy: checkRetry,
    throttlePolicy: checkThrottle,
    requestPolicy: checkRequest,
  })
}

/** Checks the DeliveryPolicy attribute of a topic: the same parts as defaults, below `http`. */
export function checkTopicPolicy(text: string): PolicyCheck {
  const policy = parseJsonObject(text)
  if (policy === undefined) return invalid('failed to parse JSON.')
  return checkParts(policy, {
    http: (value) => {
      if (!isJsonObject(value)) return 'http must be an object'
      const checked = checkParts(value, {
        defaultHealthyRetryPolicy: checkRetry,
        defaultSicklyRetryPolicy: checkRetry,
        defaultThrottlePolicy: checkThrottle,
        defaultRequestPolicy: checkRequest,
        disableSubscriptionOverrides: (flag) =>
          typeof flag === 'boolean' ? undefined : 'disableSubscriptionOverrides must be a boolean',
      })
      return checked.kind === 'invalid' ? checked.reason : undefined
    },
  })
}

function invalid(reason: string): PolicyCheck {
  return { kind: 'invalid', reason }
}

type PartCheck = (value: unknown) => string | undefined

function checkParts(policy: JsonObject, parts: Readonly<Record<string, PartCheck>>): PolicyCheck {
  for (const [name, value] of Object.entries(policy)) {
    const check = Object.hasOwn(parts, name) ? parts[name] : undefined
    if (check === undefined) return invalid(`Unexpected JSON member: ${name}`)
    // A part that is null is as good as absent.
    const reason = value === null ? undefined : check(value)
    if (reason !== undefined) return invalid(reason)
  }
  return { kind: 'policy', policy }
}

function checkRetry(value: unknown): string | undefined {
  if (!isJsonObject(value)) return 'the retry policy must be an object'
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(DEFAULT_RETRY, name))
  if (unknown !== undefined) return `Unexpected JSON member: ${unknown}`
  const policy = retryPolicyFrom(value)
  const wrong = Object.entries(policy).find(
    ([name, one]) => name !== 'backoffFunction' && !(Number.isInteger(one) && Number(one) >= 0),
  )
  if (wrong !== undefined) return `${wrong[0]} must be a number of 0 or more`
  if (!BACKOFFS.has(policy.backoffFunction)) return `Unknown backoffFunction: ${JSON.stringify(policy.backoffFunction)}`
  return checkRanges(policy)
}

function checkRanges(policy: HealthyRetryPolicy): string | undefined {
  const { minDelayTarget, maxDelayTarget, numRetries } = policy
  if (minDelayTarget < 1) return 'minDelayTarget must be at least 1'
  if (maxDelayTarget < minDelayTarget) return 'maxDelayTarget must be at least minDelayTarget'
  if (maxDelayTarget > RETRY_DELAY_S_MAX) return `maxDelayTarget must be at most ${RETRY_DELAY_S_MAX}`
  if (numRetries > RETRIES_MAX) return `numRetries must be at most ${RETRIES_MAX}`
  if (backoffRetries(policy) < 0)
    return 'numRetries must be at least the sum of numNoDelayRetries, numMinDelayRetries and numMaxDelayRetries'
  const totalS = delaysOf(policy).reduce((sum, delayMs) => sum + delayMs / 1000, 0)
  if (totalS > RETRY_DELAY_S_MAX) return `the total retry time must be at most ${RETRY_DELAY_S_MAX} seconds`
  return undefined
}

function checkThrottle(value: unknown): string | undefined {
  if (!isJsonObject(value)) return 'throttlePolicy must be an object'
  const rate = value['maxReceivesPerSecond']
  if (rate === undefined || rate === null) return undefined
  return Number.isInteger(rate) && Number(rate) >= 1 ? undefined : 'maxReceivesPerSecond must be at least 1'
}

function checkRequest(value: unknown): string | undefined {
  if (!isJsonObject(value)) return 'requestPolicy must be an object'
  const type = value['headerContentType']
  if (type === undefined || type === null) return undefined
  const [essence = '', ...parameters] = typeof type === 'string' ? type.split(';') : []
  const harmless = parameters.every((parameter) => /^\s*charset=[A-Za-z0-9._-]+\s*$/i.test(parameter))
  return CONTENT_TYPES.has(essence.trim().toLowerCase()) && harmless
    ? undefined
    : 'headerContentType is not a content type that SNS sends'
}

function retryPolicyFrom(value: JsonObject): HealthyRetryPolicy {
  const given = Object.fromEntries(Object.entries(value).filter(([, one]) => one !== null))
  // Every member is looked at by checkRetry before a policy is kept.
  return { ...DEFAULT_RETRY, ...given }
}

/** What holds for a subscription: its own policy where it has one and the topic allows that, else the topic's, else SNS's. */
export function effectivePolicy(ofTopic: string | undefined, ofSubscription: string | undefined): HttpDeliveryPolicy {
  const http = asObject(parseJsonObject(ofTopic ?? '{}')?.['http'])
  const own = http['disableSubscriptionOverrides'] === true ? {} : (parseJsonObject(ofSubscription ?? '{}') ?? {})
  const part = (name: string, fallback: string): JsonObject => asObject(own[name] ?? http[fallback])
  const rate = part('throttlePolicy', 'defaultThrottlePolicy')['maxReceivesPerSecond']
  const type = part('requestPolicy', 'defaultRequestPolicy')['headerContentType']
  return {
    healthyRetryPolicy: retryPolicyFrom(part('healthyRetryPolicy', 'defaultHealthyRetryPolicy')),
    maxReceivesPerSecond: typeof rate === 'number' ? rate : undefined,
    contentType: typeof type === 'string' ? type : undefined,
  }
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {}
}

/** The EffectiveDeliveryPolicy attribute of a topic. */
export function effectiveTopicPolicy(ofTopic: string | undefined): string {
  const http = asObject(parseJsonObject(ofTopic ?? '{}')?.['http'])
  return JSON.stringify({
    http: {
      defaultHealthyRetryPolicy: retryPolicyFrom(asObject(http['defaultHealthyRetryPolicy'])),
      disableSubscriptionOverrides: http['disableSubscriptionOverrides'] === true,
      ...(isJsonObject(http['defaultThrottlePolicy']) && { defaultThrottlePolicy: http['defaultThrottlePolicy'] }),
      defaultRequestPolicy: {
        headerContentType: 'text/plain; charset=UTF-8',
        ...asObject(http['defaultRequestPolicy']),
      },
    },
  })
}

/** The EffectiveDeliveryPolicy attribute of a subscription. */
export function effectiveSubscriptionPolicy(policy: HttpDeliveryPolicy): string {
  const { healthyRetryPolicy, maxReceivesPerSecond, contentType } = policy
  return JSON.stringify({
    healthyRetryPolicy,
    sicklyRetryPolicy: null,
    throttlePolicy: maxReceivesPerSecond === undefined ? null : { maxReceivesPerSecond },
    requestPolicy: { headerContentType: contentType ?? 'text/plain; charset=UTF-8' },
    guaranteed: false,
  })
}

function backoffRetries(policy: HealthyRetryPolicy): number {
  return policy.numRetries - policy.numNoDelayRetries - policy.numMinDelayRetries - policy.numMaxDelayRetries
}

/** The waits between the attempts, in milliseconds. */
export function delaysOf(policy: HealthyRetryPolicy): readonly number[] {
  const { minDelayTarget, maxDelayTarget } = policy
  const count = Math.max(0, backoffRetries(policy))
  return [
    ...Array<number>(policy.numNoDelayRetries).fill(0),
    ...Array<number>(policy.numMinDelayRetries).fill(minDelayTarget * 1000),
    ...Array.from({ length: count }, (_, index) => 1000 * backoffS(policy, count === 1 ? 1 : index / (count - 1))),
    ...Array<number>(policy.numMaxDelayRetries).fill(maxDelayTarget * 1000),
  ]
}

/**
 * From the least delay to the greatest: `part` runs from 0 to 1. AWS shows the four curves in a figure only: linear is the
 * straight line, the others bend below it, exponential the most.
 */
function backoffS(
  { minDelayTarget: min, maxDelayTarget: max, backoffFunction }: HealthyRetryPolicy,
  part: number,
): number {
  switch (backoffFunction) {
    case 'linear':
      return min + (max - min) * part
    case 'arithmetic':
      return min + (max - min) * part * part
    case 'geometric':
      return min * (max / min) ** part
    case 'exponential':
      return min + (max - min) * ((2 ** (10 * part) - 1) / 1023)
  }
}

let managed: RetryPolicy | undefined
let unmanaged: RetryPolicy | undefined

/** For queues, functions and whatever else AWS runs: 100,015 attempts over 23 days. Made when it is first needed. */
export function managedPolicy(): RetryPolicy {
  managed ??= policyOf(
    {
      ...DEFAULT_RETRY,
      minDelayTarget: 1,
      maxDelayTarget: 20,
      numRetries: 15,
      numNoDelayRetries: 3,
      numMinDelayRetries: 2,
    },
    100_000,
  )
  return managed
}

/** For emails, texts and pushes: 50 attempts over 6 hours. */
function unmanagedPolicy(): RetryPolicy {
  unmanaged ??= policyOf(
    { ...DEFAULT_RETRY, minDelayTarget: 10, maxDelayTarget: 600, numRetries: 12, numMinDelayRetries: 2 },
    38,
  )
  return unmanaged
}

function policyOf(policy: HealthyRetryPolicy, afterwards: number): RetryPolicy {
  const delaysMs = [
    ...delaysOf({ ...policy, backoffFunction: 'exponential' }),
    ...Array<number>(afterwards).fill(policy.maxDelayTarget * 1000),
  ]
  return { delaysMs, ageMaxMs: DELIVERY_AGE_MAX_MS }
}

/** The retry policy of a subscription. */
export function retryPolicyOf(protocol: string, http: () => HttpDeliveryPolicy): RetryPolicy {
  switch (protocol) {
    case 'http':
    case 'https':
      return { delaysMs: delaysOf(http().healthyRetryPolicy), ageMaxMs: DELIVERY_AGE_MAX_MS }
    case 'sqs':
    case 'lambda':
    case 'firehose':
      return managedPolicy()
    default:
      return unmanagedPolicy()
  }
}
