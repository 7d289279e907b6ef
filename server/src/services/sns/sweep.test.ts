import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import { archiveMessage, archivingTopics, oldestArchivedMs } from './archive.ts'
import { readDuplicate, rememberMessage } from './deduplication.ts'
import type { Message } from './message.ts'
import { encodeMessage } from './message.ts'
import { putSubscription, subscriptionKey, type SubscriptionRecord, subscriptions } from './subscription.ts'
import { sweepOnce } from './sweep.ts'
import { newToken, putToken, readToken } from './tokens.ts'
import { addToCounts, readCounts, topicKey, type TopicRecord, topics } from './topic.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const PLACE = { account: '000000000000', region: 'eu-west-1', name: 'kept.fifo' }
const TOPIC: TopicRecord = {
  ...PLACE,
  id: 't1',
  createdMs: 0,
  attributes: { FifoTopic: 'true', ArchivePolicy: '{"MessageRetentionPeriod":"3"}' },
  tags: {},
}
const PENDING: SubscriptionRecord = {
  ...PLACE,
  id: 's1',
  topicId: 't1',
  owner: PLACE.account,
  principal: 'p',
  protocol: 'https',
  endpoint: 'https://example.com/',
  createdMs: 0,
  confirmation: { kind: 'pending', token: 'x' },
  attributes: {},
}

test('tokens, deduplication ids and archived messages go when their time is over, and not before', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock()
  const { signal } = new AbortController()
  const sweep = (): Promise<void> => sweepOnce({ store, clock, log: silentLog }, signal)
  const token = newToken()
  assert.match(token, /^[0-9a-f]{288}$/)
  const message: Message = {
    id: 'm',
    type: 'Notification',
    topicArn: 'arn',
    timeMs: clock.nowMs(),
    text: 'x',
    sequence: 1,
  }
  await transact(store, async (transaction) => {
    await topics.set(transaction, topicKey(TOPIC), TOPIC)
    await archivingTopics.set(transaction, topicKey(TOPIC), PLACE)
    await putSubscription(transaction, PENDING)
    await addToCounts(transaction, 't1', { pending: 1 })
    await putToken(transaction, token, { kind: 'confirm', subscription: PENDING }, clock.nowMs())
    await rememberMessage(transaction, ['t1', '', 'd'], { messageId: 'm', sequence: 1 }, clock.nowMs())
    archiveMessage(transaction, TOPIC, { message, payload: encodeMessage(message) })
  })
  const left = async (): Promise<readonly boolean[]> => [
    (await readDuplicate(store, ['t1', '', 'd'], 0)) !== undefined,
    (await readToken(store, token, 0)) !== undefined,
    (await subscriptions.get(store, subscriptionKey(PENDING))) !== undefined,
    (await oldestArchivedMs(store, 't1')) !== undefined,
  ]
  await clock.advance(4 * MINUTE_MS)
  await sweep()
  assert.deepEqual(await left(), [true, true, true, true])
  await clock.advance(2 * MINUTE_MS)
  await sweep()
  assert.deepEqual(await left(), [false, true, true, true])
  await clock.advance(2 * DAY_MS)
  assert.equal(await readToken(store, token, clock.nowMs()), undefined)
  await sweep()
  assert.deepEqual(await left(), [false, false, false, true])
  assert.equal((await readCounts(store, 't1')).pending, 0)
  await clock.advance(DAY_MS)
  await sweep()
  assert.deepEqual(await left(), [false, false, false, false])
})

test('a confirmed subscription outlives its token', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock()
  await transact(store, async (transaction) => {
    await putSubscription(transaction, { ...PENDING, confirmation: { kind: 'confirmed', authenticated: false } })
    await putToken(transaction, 'token', { kind: 'confirm', subscription: PENDING }, clock.nowMs())
  })
  await clock.advance(3 * DAY_MS)
  await sweepOnce({ store, clock, log: silentLog }, new AbortController().signal)
  assert.ok(await subscriptions.get(store, subscriptionKey(PENDING)))
})
