// From a message to one event for each subscription that wants it. What fits into the commit of the publish goes there;
// the rest follows page by page, each page in the commit that settles the page before. In FIFO topics the events of a
// message group stand in one lane, so each subscriber gets them in their order.
import type { Destination, Envelope } from '#events/envelope.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import { subscriptionArn, topicArn } from './arn.ts'
import { FilteredMessage } from './filter.ts'
import { FAN_OUT_BYTES_MAX, FAN_OUT_RECORDS_MAX } from './limits.ts'
import type { Message } from './message.ts'
import type { SubscriptionRecord } from './subscription.ts'
import { isFifo, type TopicRecord } from './topic.ts'
import type { SubscriberPage } from './topic-views.ts'

/** The source name of SNS's envelopes. Their payload is a stored message, or the finished document for the receiver. */
export const SNS_EVENT_SOURCE = 'mayfly.sns'
/** Delivers a message to one subscription. */
export const SUBSCRIPTION_TARGET = 'sns-subscription'
/** Goes on with the subscriptions that a commit had no room for. */
export const FAN_OUT_TARGET = 'sns-fan-out'
/** Bytes of an outbox record beside its payload: more than it ever takes. */
const RECORD_BYTES = 1024

/** What is left of a commit's room; `fanOut` takes from it. */
export interface Room {
  bytes: number
  records: number
}

export function newRoom(): Room {
  return { bytes: FAN_OUT_BYTES_MAX, records: FAN_OUT_RECORDS_MAX }
}

/** What a fan-out event carries beside the message. */
export interface FanOutData {
  /** The last subscription that has been served. */
  readonly after: string
}

/** A message, and the bytes that keep it. */
export interface KeptMessage {
  readonly message: Message
  readonly payload: Uint8Array
}

/** The events of a message for one page of subscriptions, and the one that goes on with the next page. */
export function fanOut(
  { message, payload }: KeptMessage,
  topic: TopicRecord,
  page: SubscriberPage,
  hops: number,
  room: Room,
): readonly OutboxRecord[] {
  const filtered = new FilteredMessage(message)
  const records: OutboxRecord[] = []
  for (const [index, { record, filter }] of page.subscribers.entries()) {
    if (filter !== undefined && !filter(filtered)) continue
    // The first one always fits: a page must serve somebody.
    if (records.length > 0 && (room.records === 0 || room.bytes < payload.length + RECORD_BYTES)) {
      const after = page.subscribers[index - 1]?.record.id ?? ''
      return [...records, furtherPages(message, topic, payload, hops, after)]
    }
    room.bytes -= payload.length + RECORD_BYTES
    room.records = Math.max(0, room.records - 1)
    records.push(toSubscription({ message, payload }, record, hops))
  }
  return page.after === undefined ? records : [...records, furtherPages(message, topic, payload, hops, page.after)]
}

/** The event that brings a message to one subscription. */
export function toSubscription(
  { message, payload }: KeptMessage,
  subscription: SubscriptionRecord,
  hops: number,
): OutboxRecord {
  return {
    envelope: envelope(message, subscription, payload, hops, {}),
    destination: {
      target: SUBSCRIPTION_TARGET,
      arn: subscriptionArn(subscription),
      ...laneOf(message, isFifo(subscription)),
    },
  }
}

function furtherPages(
  message: Message,
  topic: TopicRecord,
  payload: Uint8Array,
  hops: number,
  after: string,
): OutboxRecord {
  const data: FanOutData = { after }
  return {
    envelope: envelope(message, topic, payload, hops, data),
    destination: { target: FAN_OUT_TARGET, arn: topicArn(topic), ...laneOf(message, isFifo(topic)) },
  }
}

function laneOf({ groupId }: Message, fifo: boolean): Pick<Destination, 'lane'> {
  return fifo && groupId !== undefined ? { lane: groupId } : {}
}

function envelope(
  message: Message,
  place: { readonly account: string; readonly region: string },
  payload: Uint8Array,
  hops: number,
  data: unknown,
): Envelope {
  return {
    id: message.id,
    source: SNS_EVENT_SOURCE,
    type: message.type,
    subject: message.topicArn,
    timeMs: message.timeMs,
    account: place.account,
    region: place.region,
    hops,
    data,
    payload,
  }
}
