import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  checkSubscriptionPolicy,
  checkTopicPolicy,
  delaysOf,
  effectivePolicy,
  type HealthyRetryPolicy,
  retryPolicyOf,
} from './delivery-policy.ts'

const POLICY: HealthyRetryPolicy = {
  minDelayTarget: 5,
  maxDelayTarget: 260,
  numRetries: 10,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  numMaxDelayRetries: 0,
  backoffFunction: 'linear',
}

test('four phases, in their order', () => {
  const delays = delaysOf({
    ...POLICY,
    minDelayTarget: 1,
    maxDelayTarget: 60,
    numRetries: 50,
    numNoDelayRetries: 3,
    numMinDelayRetries: 2,
    numMaxDelayRetries: 35,
    backoffFunction: 'exponential',
  })
  assert.equal(delays.length, 50)
  assert.deepEqual(delays.slice(0, 5), [0, 0, 0, 1000, 1000])
  assert.deepEqual([delays[5], delays[14]], [1000, 60_000])
  assert.ok(delays.slice(15).every((delayMs) => delayMs === 60_000))
})

test('the backoff rises from the least to the greatest delay; linear is above the others', () => {
  const linear = delaysOf(POLICY)
  assert.deepEqual([linear[0], linear[9]], [5000, 260_000])
  for (const backoffFunction of ['arithmetic', 'geometric', 'exponential'] as const) {
    const delays = delaysOf({ ...POLICY, backoffFunction })
    assert.equal(delays[0], 5000)
    assert.ok(Math.abs((delays[9] ?? 0) - 260_000) < 1)
    for (let index = 1; index < 9; index++) {
      assert.ok((delays[index] ?? 0) > (delays[index - 1] ?? 0), backoffFunction)
      assert.ok((delays[index] ?? 0) < (linear[index] ?? 0), backoffFunction)
    }
  }
})

test('queues and functions are tried 100,015 times more, people 50 times', () => {
  const none = (): never => assert.fail('asked for an HTTP policy')
  assert.equal(retryPolicyOf('sqs', none).delaysMs.length, 100_015)
  assert.equal(retryPolicyOf('lambda', none).delaysMs.length, 100_015)
  assert.equal(retryPolicyOf('sms', none).delaysMs.length, 50)
  assert.deepEqual(
    retryPolicyOf('https', () => effectivePolicy(undefined, undefined)).delaysMs,
    [20_000, 20_000, 20_000],
  )
})

test("a subscription's policy wins over the topic's, unless the topic forbids it", () => {
  const topic = (disable: boolean): string =>
    JSON.stringify({
      http: {
        defaultHealthyRetryPolicy: { numRetries: 7 },
        defaultThrottlePolicy: { maxReceivesPerSecond: 3 },
        disableSubscriptionOverrides: disable,
      },
    })
  const own = JSON.stringify({
    healthyRetryPolicy: { numRetries: 1 },
    requestPolicy: { headerContentType: 'application/json' },
  })
  const allowed = effectivePolicy(topic(false), own)
  assert.deepEqual(
    [allowed.healthyRetryPolicy.numRetries, allowed.maxReceivesPerSecond, allowed.contentType],
    [1, 3, 'application/json'],
  )
  const forbidden = effectivePolicy(topic(true), own)
  assert.deepEqual([forbidden.healthyRetryPolicy.numRetries, forbidden.contentType], [7, undefined])
})

test('policies that cannot be are refused', () => {
  const reason = (policy: unknown): string => {
    const checked = checkSubscriptionPolicy(JSON.stringify(policy))
    return checked.kind === 'invalid' ? checked.reason : 'taken'
  }
  assert.equal(reason({ healthyRetryPolicy: { numRetries: 3 } }), 'taken')
  assert.equal(reason({ healthyRetryPolicy: null }), 'taken')
  assert.match(reason({ retries: 3 }), /Unexpected JSON member: retries/)
  assert.match(reason({ healthyRetryPolicy: { numRetries: 101 } }), /at most 100/)
  assert.match(reason({ healthyRetryPolicy: { numRetries: 1, numNoDelayRetries: 2 } }), /at least the sum/)
  assert.match(reason({ healthyRetryPolicy: { minDelayTarget: 30, maxDelayTarget: 20 } }), /at least minDelayTarget/)
  assert.match(
    reason({ healthyRetryPolicy: { numRetries: 100, minDelayTarget: 60, maxDelayTarget: 60 } }),
    /total retry time/,
  )
  assert.match(reason({ healthyRetryPolicy: { numRetries: 2.5 } }), /numRetries/)
  assert.match(reason({ healthyRetryPolicy: { backoffFunction: 'random' } }), /Unknown backoffFunction/)
  assert.match(reason({ throttlePolicy: { maxReceivesPerSecond: 0 } }), /at least 1/)
  assert.match(reason({ requestPolicy: { headerContentType: 'text/plain\r\nx: y' } }), /headerContentType/)
  assert.equal(checkTopicPolicy('{"http":{"disableSubscriptionOverrides":"yes"}}').kind, 'invalid')
})
