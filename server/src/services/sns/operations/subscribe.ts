// Subscribe: one subscription for each endpoint of a topic. Queues, functions and phones of the topic's own account get
// messages at once; who owns an HTTP endpoint or a mailbox must confirm first, with the token that is sent there.
import { newRequestId } from '#base/ids.ts'
import { outboxAppend } from '#events/outbox.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact, type Transaction } from '#storage/transact.ts'
import { subscriptionArn, topicArn } from '../arn.ts'
import { checkEndpoint, needsConfirmation } from '../endpoints.ts'
import type { SnsDeps } from '../deps.ts'
import { filterPolicyLimitExceeded, invalidParameter, subscriptionLimitExceeded } from '../errors.ts'
import { encodeMessage, type Message } from '../message.ts'
import { toSubscription } from '../fan-out.ts'
import { FIFO_SUBSCRIPTIONS_MAX, FILTER_POLICIES_PER_TOPIC_MAX } from '../limits.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { callerArn } from '../caller.ts'
import { startReplay } from '../replay.ts'
import { readReplayPolicy } from '../replay-policy.ts'
import {
  findByEndpoint,
  isConfirmed,
  type Protocol,
  putSubscription,
  type SubscriptionRecord,
} from '../subscription.ts'
import { hasFilter, newSubscriptionAttributes } from '../subscription-attributes.ts'
import { newToken, putToken } from '../tokens.ts'
import { addToCounts, isFifo, readCounts, requireTopic, type TopicRecord } from '../topic.ts'

const PENDING = 'pending confirmation'

export async function subscribe(
  deps: SnsDeps,
  input: SnsInput<'Subscribe'>,
  context: RequestContext,
): Promise<SnsOutput<'Subscribe'>> {
  const wanted = await requireTopic(deps.store, input.TopicArn, context)
  const { protocol, endpoint } = await checkEndpoint(deps, wanted, input.Protocol ?? '', input.Endpoint)
  const record = await transact(deps.store, async (transaction) => {
    const topic = await requireTopic(transaction, input.TopicArn, context)
    const attributes = newSubscriptionAttributes(input.Attributes ?? {}, { topic, protocol, endpoint })
    const before = await findByEndpoint(transaction, topic, protocol, endpoint)
    if (before !== undefined && before.topicId === topic.id) return await again(deps, transaction, before, attributes)
    await holdLimits(transaction, topic, attributes)
    return await create(deps, transaction, { topic, protocol, endpoint, attributes, context })
  })
  deps.views.forgetAll()
  deps.subscriptions.forgetAll()
  const told = isConfirmed(record) || input.ReturnSubscriptionArn === true
  return { SubscriptionArn: told ? subscriptionArn(record) : PENDING }
}

/** The same endpoint once more: nothing changes, and who has not confirmed yet gets a new token. */
async function again(
  deps: SnsDeps,
  transaction: Transaction,
  before: SubscriptionRecord,
  attributes: Readonly<Record<string, string>>,
): Promise<SubscriptionRecord> {
  if (Object.entries(attributes).some(([name, value]) => before.attributes[name] !== value))
    throw invalidParameter('Attributes Reason: Subscription already exists with different attributes')
  if (isConfirmed(before)) return before
  const token = newToken()
  const record: SubscriptionRecord = { ...before, confirmation: { kind: 'pending', token } }
  await putSubscription(transaction, record)
  await askToConfirm(deps, transaction, record, token)
  return record
}

async function holdLimits(
  transaction: Transaction,
  topic: TopicRecord,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  const { confirmed, pending } = await readCounts(transaction, topic.id)
  if (isFifo(topic) && confirmed + pending >= FIFO_SUBSCRIPTIONS_MAX) throw subscriptionLimitExceeded()
  if (!hasFilter(attributes['FilterPolicy'])) return
  // A bound on memory and time of every publish; the count is of subscriptions, so it is on the safe side.
  if (confirmed + pending >= FILTER_POLICIES_PER_TOPIC_MAX) throw filterPolicyLimitExceeded()
}

interface Wanted {
  readonly topic: TopicRecord
  readonly protocol: Protocol
  readonly endpoint: string
  readonly attributes: Readonly<Record<string, string>>
  readonly context: RequestContext
}

async function create(deps: SnsDeps, transaction: Transaction, wanted: Wanted): Promise<SubscriptionRecord> {
  const { topic, protocol, endpoint, attributes, context } = wanted
  const token = needsConfirmation(topic, protocol, endpoint, context.account) ? newToken() : undefined
  const replay = readReplayPolicy(attributes['ReplayPolicy'] ?? '')
  const record: SubscriptionRecord = {
    account: topic.account,
    region: topic.region,
    name: topic.name,
    id: newRequestId(),
    topicId: topic.id,
    owner: context.account,
    principal: callerArn(context),
    protocol,
    endpoint,
    createdMs: deps.clock.nowMs(),
    confirmation: token === undefined ? { kind: 'confirmed', authenticated: true } : { kind: 'pending', token },
    attributes,
    ...(replay !== undefined && { replayStatus: 'In progress' }),
  }
  await putSubscription(transaction, record)
  await addToCounts(transaction, topic.id, token === undefined ? { confirmed: 1 } : { pending: 1 })
  if (token !== undefined) await askToConfirm(deps, transaction, record, token)
  if (replay !== undefined) {
    const { log, value } = outboxAppend(
      startReplay(record, attributes['ReplayPolicy'] ?? '', record.createdMs, newRequestId()),
    )
    transaction.append(log, value)
  }
  return record
}

async function askToConfirm(
  { clock }: SnsDeps,
  transaction: Transaction,
  record: SubscriptionRecord,
  token: string,
): Promise<void> {
  const nowMs = clock.nowMs()
  await putToken(transaction, token, { kind: 'confirm', subscription: record }, nowMs)
  const arn = topicArn(record)
  const message: Message = {
    id: newRequestId(),
    type: 'SubscriptionConfirmation',
    topicArn: arn,
    timeMs: nowMs,
    text: `You have chosen to subscribe to the topic ${arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    token,
  }
  const { log, value } = outboxAppend(toSubscription({ message, payload: encodeMessage(message) }, record, 0))
  transaction.append(log, value)
}
