// Attempts for a target and their end, with a receiver that does as it is told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import type { DeliveryOutcome, Target } from '#events/target.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import { createEventBridgeDeps } from './deps.ts'
import { type RuleRecord, type RuleTarget, setRule } from './rule.ts'
import { createRuleTarget, toRuleTarget } from './rule-target.ts'

const PLACE = { account: '000000000000', region: 'eu-west-1' }
const QUEUE = 'arn:aws:sqs:eu-west-1:000000000000:q'
const DEAD = 'arn:aws:sqs:eu-west-1:000000000000:dead'
const EVENT = Buffer.from('{"id":"1","detail":{}}')

interface World {
  readonly clock: ManualClock
  /** What the receiver answers. */
  answer: DeliveryOutcome
  /** The attempt with this number. */
  attempt(number: number): Promise<DeliveryOutcome>
  delays(): Promise<readonly number[]>
}

async function world(more: Partial<RuleTarget>): Promise<World> {
  const store = createMemoryStore()
  const clock = new ManualClock()
  const made = { clock, answer: { kind: 'delivered' } as DeliveryOutcome }
  const receiver: Target = {
    name: 'sqs',
    deliver: () => Promise.resolve(made.answer),
    retryPolicy: () => Promise.reject(new Error('not asked: the rule has its own')),
    refusal: () => Promise.resolve(undefined),
  }
  const unused = (): Promise<never> => Promise.reject(new Error('no log group is a target'))
  const deps = createEventBridgeDeps({
    store,
    clock,
    log: silentLog,
    logs: { createStream: unused, putEvents: unused },
    hops: { next: () => 0 },
    targetFor: () => receiver,
  })
  const target: RuleTarget = { id: 't', arn: QUEUE, input: { kind: 'event' }, deadLetterArn: DEAD, ...more }
  const rule: RuleRecord = {
    ...PLACE,
    bus: 'default',
    name: 'r',
    pattern: '{"a":[1]}',
    state: 'ENABLED',
    createdBy: PLACE.account,
    tags: {},
    targets: [target],
  }
  await transact(store, (transaction) => setRule(transaction, rule))
  const occurrence = { type: 'd', subject: 's', timeMs: clock.nowMs(), hops: 0, payload: EVENT, data: {} }
  const { envelope, destination } = toRuleTarget(rule, 't', occurrence)
  const targets = createRuleTarget(deps)
  return Object.assign(made, {
    attempt: (number: number) => targets.deliver(envelope, destination, EVENT, number),
    delays: async () => (await targets.retryPolicy(destination)).delaysMs,
  })
}

function letterIn(outcome: DeliveryOutcome): Readonly<Record<string, string>> {
  assert.equal(outcome.kind, 'rejected')
  const [record] = outcome.kind === 'rejected' ? (outcome.follows ?? []) : []
  assert.ok(record)
  assert.equal(record.destination.arn, DEAD)
  assert.deepEqual(Buffer.from(record.envelope.payload ?? []), EVENT)
  return Object.fromEntries(
    Object.entries(record.destination.message?.attributes ?? {}).map(([name, value]) => [
      name,
      'text' in value ? value.text : '',
    ]),
  )
}

const FAILED: DeliveryOutcome = { kind: 'failed', reason: 'out of order', countsAsAttempt: true }

test('a target is tried again as often as its policy says, then the dead-letter queue is told', async () => {
  const made = await world({ retriesMax: 2 })
  made.answer = FAILED
  assert.equal((await made.delays()).length, 2)
  assert.deepEqual(await made.attempt(1), FAILED)
  assert.deepEqual(await made.attempt(2), FAILED)
  assert.deepEqual(letterIn(await made.attempt(3)), {
    RULE_ARN: 'arn:aws:events:eu-west-1:000000000000:rule/r',
    TARGET_ARN: QUEUE,
    ERROR_CODE: 'ERROR_FROM_TARGET',
    ERROR_MESSAGE: 'out of order',
    EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
    RETRY_ATTEMPTS: '2',
  })
})

test('by default 185 retries fill a day', async () => {
  const delays = await (await world({})).delays()
  assert.equal(delays.length, 185)
  const hours = delays.reduce((sum, delayMs) => sum + delayMs, 0) / 3_600_000
  assert.ok(hours > 20 && hours <= 24, `${hours} hours`)
})

test('what grew too old is not tried any more', async () => {
  const made = await world({ ageMaxS: 60 })
  await made.clock.advance(60_000)
  assert.deepEqual(await made.attempt(4), { kind: 'delivered', follows: [] })
  await made.clock.advance(1)
  const { EXHAUSTED_RETRY_CONDITION, RETRY_ATTEMPTS } = letterIn(await made.attempt(5))
  assert.deepEqual([EXHAUSTED_RETRY_CONDITION, RETRY_ATTEMPTS], ['MaximumEventAgeInSeconds', '4'])
})

test('what the receiver rejects, and what it cannot take now', async () => {
  const made = await world({ retriesMax: 0 })
  made.answer = { kind: 'rejected', reason: 'too long' }
  const { ERROR_CODE, ERROR_MESSAGE, EXHAUSTED_RETRY_CONDITION } = letterIn(await made.attempt(1))
  assert.deepEqual([ERROR_CODE, ERROR_MESSAGE, EXHAUSTED_RETRY_CONDITION], ['ERROR_FROM_TARGET', 'too long', undefined])
  made.answer = { kind: 'failed', reason: 'busy', countsAsAttempt: false }
  assert.deepEqual(await made.attempt(1), made.answer)
})
