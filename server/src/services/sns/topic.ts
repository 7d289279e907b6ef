// A topic: its record, and how many subscriptions it has. The record keeps attributes as they were set; what
// GetTopicAttributes adds is made in topic-attributes.ts.
import type { RequestContext } from '#protocol/operation.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Key, Version } from '#storage/store.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { requestedTopic, type TopicRef } from './arn.ts'
import { notFound } from './errors.ts'

export interface TopicRecord extends TopicRef {
  /** Unique for ever: a topic that is deleted and made again has another one. */
  readonly id: string
  readonly createdMs: number
  readonly attributes: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  readonly dataProtectionPolicy?: string
}

export const topics = new Collection<TopicRecord>({ name: 'sns.topics', codec: jsonCodec<TopicRecord>(1) })

export function topicKey({ account, region, name }: TopicRef): Key {
  return [account, region, name]
}

export function isFifo({ name }: TopicRef): boolean {
  return name.endsWith('.fifo')
}

/** The topic that a request names. Throws NotFound. */
export async function requireTopic(
  reader: Reader,
  arn: string | undefined,
  context: RequestContext,
  member = 'TopicArn',
): Promise<TopicRecord> {
  const found = await topics.get(reader, topicKey(requestedTopic(arn, context, member)))
  if (found === undefined) throw notFound('Topic')
  return found.value
}

/** Changes the topic that a request names, in its transaction. Throws NotFound. */
export async function changeTopic(
  transaction: Transaction,
  topic: TopicRecord,
  change: Partial<Pick<TopicRecord, 'attributes' | 'tags' | 'dataProtectionPolicy'>>,
): Promise<void> {
  await topics.set(transaction, topicKey(topic), { ...topic, ...change })
}

export interface SubscriptionCounts {
  readonly confirmed: number
  readonly pending: number
  readonly deleted: number
}

const NONE: SubscriptionCounts = { confirmed: 0, pending: 0, deleted: 0 }
const counts = new Collection<SubscriptionCounts>({ name: 'sns.counts', codec: jsonCodec<SubscriptionCounts>(1) })

export async function readCounts(reader: Reader, topicId: string): Promise<SubscriptionCounts> {
  return (await counts.get(reader, [topicId]))?.value ?? NONE
}

/** Of the record that every change of the topic's subscriptions writes; 0 when there never was one. */
export async function subscriptionsVersion(reader: Reader, topicId: string): Promise<Version> {
  return (await counts.get(reader, [topicId]))?.version ?? 0
}

/** Also marks the change for publishes that are under way (publisher.ts): call it with every one. */
export async function addToCounts(
  transaction: Transaction,
  topicId: string,
  change: Partial<SubscriptionCounts>,
): Promise<void> {
  const { confirmed, pending, deleted } = await readCounts(transaction, topicId)
  await counts.set(transaction, [topicId], {
    confirmed: Math.max(0, confirmed + (change.confirmed ?? 0)),
    pending: Math.max(0, pending + (change.pending ?? 0)),
    deleted: Math.max(0, deleted + (change.deleted ?? 0)),
  })
}

export async function dropCounts(transaction: Transaction, topicId: string): Promise<void> {
  await counts.delete(transaction, [topicId])
}
