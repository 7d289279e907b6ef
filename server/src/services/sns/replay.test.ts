import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { decodeRecord, OUTBOX_LOG } from '#events/outbox.ts'
import type { KeyVault } from '#identity/key-vault.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import { archiveMessage } from './archive.ts'
import { subscriptionArn } from './arn.ts'
import { encodeMessage, type Message } from './message.ts'
import { MessageSeal } from './message-seal.ts'
import { sequences } from './publisher.ts'
import { createReplayTarget, startReplay } from './replay.ts'
import { SubscriptionCache } from './subscription-cache.ts'
import { putSubscription, readSubscription, type SubscriptionRecord } from './subscription.ts'
import { topicKey, type TopicRecord, topics } from './topic.ts'
import { TopicViews } from './topic-views.ts'

const PLACE = { account: '000000000000', region: 'eu-west-1', name: 'kept.fifo' }
const EMPTY = Buffer.alloc(0)
const POLICY = '{"PointType":"Timestamp","StartingPoint":"1970-01-01T00:00:00.000Z"}'
const TOPIC: TopicRecord = {
  ...PLACE,
  id: 't1',
  createdMs: 0,
  attributes: { FifoTopic: 'true', ArchivePolicy: '{"MessageRetentionPeriod":"3"}' },
  tags: {},
}
const SUBSCRIPTION: SubscriptionRecord = {
  ...PLACE,
  id: 's1',
  topicId: 't1',
  owner: PLACE.account,
  principal: 'p',
  protocol: 'sqs',
  endpoint: 'arn:aws:sqs:eu-west-1:000000000000:kept.fifo',
  createdMs: 0,
  confirmation: { kind: 'confirmed', authenticated: true },
  attributes: { ReplayPolicy: POLICY },
  replayStatus: 'In progress',
}

test('what a replay brings last is on its way when messages may go straight to the subscriber', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock()
  // The topic has no key, so none is asked for.
  const seal = new MessageSeal({} as KeyVault, clock)
  const target = createReplayTarget({
    store,
    seal,
    subscriptions: new SubscriptionCache(store),
    views: new TopicViews(store),
  })
  const published = ['one', 'two', 'three'].map((text, index): Message => ({
    id: text,
    type: 'Notification',
    topicArn: 'arn',
    timeMs: clock.nowMs(),
    text,
    sequence: index + 1,
  }))
  await transact(store, async (transaction) => {
    await topics.set(transaction, topicKey(TOPIC), TOPIC)
    await putSubscription(transaction, SUBSCRIPTION)
    for (const message of published) archiveMessage(transaction, TOPIC, { message, payload: encodeMessage(message) })
    await sequences.set(transaction, ['t1'], published.length)
  })
  const { envelope, destination } = startReplay(SUBSCRIPTION, POLICY, clock.nowMs(), 'step')
  const underWay = async (): Promise<readonly string[]> => {
    const entries = await store.list({ prefix: OUTBOX_LOG }, { limit: 10 })
    const messages = entries.map(({ value }) => seal.open(decodeRecord(value).envelope.payload ?? EMPTY, 'arn'))
    return (await Promise.all(messages)).map(({ text }) => text)
  }
  // Known to be over or not, a step that is made again brings nothing twice.
  for (let attempt = 1; attempt <= 2; attempt++) {
    const outcome = await target.deliver(envelope, destination, EMPTY, attempt)
    assert.deepEqual(outcome, { kind: 'delivered' })
    const subscription = await readSubscription(store, subscriptionArn(SUBSCRIPTION))
    assert.equal(subscription?.replayStatus, 'Completed')
    assert.deepEqual(await underWay(), ['one', 'two', 'three'])
  }
})
