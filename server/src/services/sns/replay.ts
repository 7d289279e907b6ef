// Replay: archived messages of a FIFO topic once more, to one subscription. It goes through the archive in steps, each of
// which is an event that brings a few messages under way and ends with the event of the next step.
import type { OutboxRecord } from '#events/outbox.ts'
import type { Target } from '#events/target.ts'
import { transact } from '#storage/transact.ts'
import { type Archived, readArchive } from './archive.ts'
import { subscriptionArn, topicArn } from './arn.ts'
import { managedPolicy } from './delivery-policy.ts'
import type { SnsDeps } from './deps.ts'
import { SNS_EVENT_SOURCE, toSubscription } from './fan-out.ts'
import { FilteredMessage, filterOf } from './filter.ts'
import { REPLAY_PAGE } from './limits.ts'
import type { Message } from './message.ts'
import { readReplayPolicy } from './replay-policy.ts'
import { putSubscription, readSubscription, type SubscriptionRecord } from './subscription.ts'

export const REPLAY_TARGET = 'sns-replay'

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

export function createReplayTarget(deps: SnsDeps): Target {
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
      const page = await readArchive(deps.store, subscription.topicId, data.after, REPLAY_PAGE)
      const last = page.at(-1)?.sequence
      if (page.length < REPLAY_PAGE || last === undefined) await finish(deps, arn)
      const follows = await again(deps, page, subscription, data.policy)
      if (page.length === REPLAY_PAGE && last !== undefined)
        follows.push(step(subscription, { ...data, after: last }, envelope.timeMs, envelope.id))
      return { kind: 'delivered', follows }
    },
  }
}

/** The events of those that the policy and the filter want. */
async function again(
  { seal, subscriptions }: SnsDeps,
  page: readonly Archived[],
  subscription: SubscriptionRecord,
  policyText: string,
): Promise<OutboxRecord[]> {
  const arn = subscriptionArn(subscription)
  const policy = readReplayPolicy(policyText)
  const topic = (await subscriptions.get(arn))?.topic
  if (policy === undefined || topic === undefined) return []
  const filter = filterOf(subscription)
  const { startMs, endMs = Number.POSITIVE_INFINITY } = policy
  const records: OutboxRecord[] = []
  for (const { timeMs, payload } of page) {
    if (timeMs < startMs || timeMs > endMs) continue
    const message = replayed(await seal.open(payload, topicArn(subscription)), subscription)
    if (filter === undefined || filter(new FilteredMessage(message)))
      records.push(toSubscription({ message, payload: await seal.seal(topic, message) }, subscription, 0))
  }
  return records
}

/** Under a deduplication id of its own: a queue that has had the message takes it again. */
function replayed(message: Message, { id }: SubscriptionRecord): Message {
  return { ...message, replayed: true, deduplicationId: `replay-${id}-${message.sequence}` }
}

async function finish(deps: SnsDeps, arn: string): Promise<void> {
  await transact(deps.store, async (transaction) => {
    const record = await readSubscription(transaction, arn)
    if (record !== undefined) await putSubscription(transaction, { ...record, replayStatus: 'Completed' })
  })
  deps.views.forgetAll()
  deps.subscriptions.forgetAll()
}
