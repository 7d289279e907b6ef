// Replay: archived messages of a FIFO topic once more, to one subscription. It goes through the archive in steps, each of
// which is an event that brings a few messages under way and ends with the event of the next step. What is published
// meanwhile waits in the archive for its turn, so the subscriber gets everything in its order.
import { outboxAppend, type OutboxRecord } from '#events/outbox.ts'
import type { Target } from '#events/target.ts'
import { type Reader, transact } from '#storage/transact.ts'
import { type Archived, readArchive } from './archive.ts'
import { subscriptionArn, topicArn } from './arn.ts'
import { managedPolicy } from './delivery-policy.ts'
import type { SnsDeps } from './deps.ts'
import { SNS_EVENT_SOURCE, toSubscription } from './fan-out.ts'
import { FilteredMessage, filterOf } from './filter.ts'
import { REPLAY_PAGE } from './limits.ts'
import type { Message } from './message.ts'
import { sequences } from './publisher.ts'
import { readReplayPolicy } from './replay-policy.ts'
import { putSubscription, readSubscription, type SubscriptionRecord } from './subscription.ts'
import { addToCounts } from './topic.ts'

export const REPLAY_TARGET = 'sns-replay'

type ReplayDeps = Pick<SnsDeps, 'store' | 'seal' | 'subscriptions' | 'views'>

interface ReplayData {
  /** Number of the last message that was looked at. */
  readonly after: number
  /** The policy that began the replay; a later one ends it. */
  readonly policy: string
}

/** The first step of a replay; give it to the commit that sets the policy. */
export function startReplay(subscription: SubscriptionRecord, policy: string, nowMs: number, id: string): OutboxRecord {
  return step(subscription, { after: 0, policy }, nowMs, id)
}

function step(subscription: SubscriptionRecord, data: ReplayData, timeMs: number, id: string): OutboxRecord {
  const arn = subscriptionArn(subscription)
  return {
    envelope: {
      id,
      source: SNS_EVENT_SOURCE,
      type: 'Replay',
      subject: topicArn(subscription),
      timeMs,
      account: subscription.account,
      region: subscription.region,
      hops: 0,
      data,
      payload: Buffer.alloc(0),
    },
    destination: { target: REPLAY_TARGET, arn },
  }
}

export function createReplayTarget(deps: ReplayDeps): Target {
  return {
    name: REPLAY_TARGET,
    retryPolicy: () => Promise.resolve(managedPolicy()),
    refusal: () => Promise.resolve('only a ReplayPolicy starts a replay'),
    async deliver(envelope, { arn }) {
      const subscription = await readSubscription(deps.store, arn)
      // startReplay made the envelope: its data is ReplayData.
      const data = envelope.data as ReplayData
      if (subscription === undefined || subscription.attributes['ReplayPolicy'] !== data.policy)
        return { kind: 'delivered' }
      // This step has ended the replay already, and was not known to have.
      if (subscription.replayStatus === 'Completed') return { kind: 'delivered' }
      const published = await lastSequence(deps.store, subscription)
      const page = await readArchive(deps.store, subscription.topicId, data.after, REPLAY_PAGE)
      const follows = await again(deps, page, subscription, envelope.timeMs)
      if (page.length < REPLAY_PAGE && (await finish(deps, subscription, published, follows)))
        return { kind: 'delivered' }
      const after = page.at(-1)?.sequence ?? data.after
      follows.push(step(subscription, { ...data, after }, envelope.timeMs, envelope.id))
      return { kind: 'delivered', follows }
    },
  }
}

/** The events of those that the policy and the filter want. */
async function again(
  { seal, subscriptions }: ReplayDeps,
  page: readonly Archived[],
  subscription: SubscriptionRecord,
  beganMs: number,
): Promise<OutboxRecord[]> {
  const arn = subscriptionArn(subscription)
  const policy = readReplayPolicy(subscription.attributes['ReplayPolicy'] ?? '')
  const topic = (await subscriptions.get(arn))?.topic
  if (policy === undefined || topic === undefined) return []
  const filter = filterOf(subscription)
  const { startMs, endMs = Number.POSITIVE_INFINITY } = policy
  const records: OutboxRecord[] = []
  for (const { timeMs, payload } of page) {
    // What was published since the replay began comes this way only, whatever the policy says.
    const isNew = timeMs >= beganMs
    if (!isNew && (timeMs < startMs || timeMs > endMs)) continue
    const kept = await seal.open(payload, topicArn(subscription))
    const message = isNew ? kept : replayed(kept, subscription)
    if (filter === undefined || filter(new FilteredMessage(message)))
      records.push(toSubscription({ message, payload: await seal.seal(topic, message) }, subscription, 0))
  }
  return records
}

/** Under a deduplication id of its own: a queue that has had the message takes it again. */
function replayed(message: Message, { id }: SubscriptionRecord): Message {
  return { ...message, replayed: true, deduplicationId: `replay-${id}-${message.sequence}` }
}

async function lastSequence(reader: Reader, { topicId }: SubscriptionRecord): Promise<number> {
  return (await sequences.get(reader, [topicId]))?.value ?? 0
}

/**
 * Ends the replay with its last events, in one commit: messages go straight to the subscriber from then on, and none may
 * come before those. False when something was published since `published` was the last number: the counter is checked in
 * the commit, and a publish under way is made again.
 */
async function finish(
  deps: ReplayDeps,
  subscription: SubscriptionRecord,
  published: number,
  last: readonly OutboxRecord[],
): Promise<boolean> {
  const arn = subscriptionArn(subscription)
  const finished = await transact(deps.store, async (transaction) => {
    const record = await readSubscription(transaction, arn)
    if ((await lastSequence(transaction, subscription)) !== published) return false
    if (record === undefined || record.attributes['ReplayPolicy'] !== subscription.attributes['ReplayPolicy'])
      return true
    await putSubscription(transaction, { ...record, replayStatus: 'Completed' })
    await addToCounts(transaction, record.topicId, {})
    for (const { log, value } of last.map(outboxAppend)) transaction.append(log, value)
    return true
  })
  deps.views.forgetAll()
  deps.subscriptions.forgetAll()
  return finished
}
