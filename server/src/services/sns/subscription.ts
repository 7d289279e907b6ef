// A subscription: who gets a topic's messages, and how. It is pending until whoever owns the endpoint has confirmed it.
import { Collection, type Indexed, jsonCodec } from '#storage/collection.ts'
import type { Key } from '#storage/store.ts'
import type { Reader, Transaction } from '#storage/transact.ts'
import { readSubscriptionArn, subscriptionArn, type SubscriptionRef, topicArn, type TopicRef } from './arn.ts'

export type Protocol = 'http' | 'https' | 'email' | 'email-json' | 'sms' | 'sqs' | 'application' | 'lambda' | 'firehose'

export const PROTOCOLS: readonly Protocol[] = [
  'http',
  'https',
  'email',
  'email-json',
  'sms',
  'sqs',
  'application',
  'lambda',
  'firehose',
]

export type Confirmation =
  | { readonly kind: 'pending'; readonly token: string }
  /** `authenticated`: only signed requests end it. */
  | { readonly kind: 'confirmed'; readonly authenticated: boolean }

export interface SubscriptionRecord extends SubscriptionRef {
  /** Of the topic, unique for ever. */
  readonly topicId: string
  /** Account of whoever subscribed. */
  readonly owner: string
  readonly principal: string
  readonly protocol: Protocol
  readonly endpoint: string
  readonly createdMs: number
  readonly confirmation: Confirmation
  readonly attributes: Readonly<Record<string, string>>
  /** Of the last ReplayPolicy. `In progress`: what is published meanwhile waits in the archive for its turn. */
  readonly replayStatus?: 'In progress' | 'Completed'
}

export const subscriptions = new Collection<SubscriptionRecord>({
  name: 'sns.subscriptions',
  codec: jsonCodec<SubscriptionRecord>(1),
  indexes: {
    owner: ({ owner, region, name }) => [[owner, region, name]],
    endpoint: ({ account, region, name, protocol, endpoint }) => [[account, region, name, protocol, endpoint]],
  },
})

/** Within the collection. */
export function subscriptionKey({ account, region, name, id }: SubscriptionRef): Key {
  return [account, region, name, id]
}

export function isConfirmed({ confirmation }: SubscriptionRecord): boolean {
  return confirmation.kind === 'confirmed'
}

export function isRaw({ attributes }: SubscriptionRecord): boolean {
  return attributes['RawMessageDelivery'] === 'true'
}

export async function readSubscription(reader: Reader, arn: string): Promise<SubscriptionRecord | undefined> {
  const ref = readSubscriptionArn(arn)
  return ref && (await subscriptions.get(reader, subscriptionKey(ref)))?.value
}

/** The subscription of an endpoint to a topic: there is one at most. */
export async function findByEndpoint(
  reader: Reader,
  { account, region, name }: TopicRef,
  protocol: string,
  endpoint: string,
): Promise<SubscriptionRecord | undefined> {
  const prefix = [account, region, name, protocol, endpoint]
  const [found] = await subscriptions.listIndex(reader, 'endpoint', { prefix }, { limit: 1 })
  return found?.value
}

/** A page of an owner's subscriptions in a region. */
export function listByOwner(
  reader: Reader,
  owner: string,
  region: string,
  after: Key | undefined,
  limit: number,
): Promise<readonly Indexed<SubscriptionRecord>[]> {
  return subscriptions.listIndex(reader, 'owner', { prefix: [owner, region], ...(after && { after }) }, { limit })
}

export async function putSubscription(transaction: Transaction, record: SubscriptionRecord): Promise<void> {
  await subscriptions.set(transaction, subscriptionKey(record), record)
}

/** The member of a list, as ListSubscriptions shows it. */
export function listed(record: SubscriptionRecord): {
  readonly SubscriptionArn: string
  readonly Owner: string
  readonly Protocol: string
  readonly Endpoint: string
  readonly TopicArn: string
} {
  return {
    SubscriptionArn: isConfirmed(record) ? subscriptionArn(record) : 'PendingConfirmation',
    Owner: record.owner,
    Protocol: record.protocol,
    Endpoint: record.endpoint,
    TopicArn: topicArn(record),
  }
}
