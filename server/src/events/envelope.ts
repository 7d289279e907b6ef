// What travels between services: an event with the CloudEvents attributes. The shape that a receiver expects (the AWS
// event document) is made at delivery, by the renderer that the source registered.

export interface Envelope {
  readonly id: string
  /** Which kind of renderer understands `data`: `mayfly.s3`, `mayfly.lambda.async`, ... */
  readonly source: string
  /** For example `ObjectCreated:Put`. */
  readonly type: string
  readonly subject: string
  readonly timeMs: number
  readonly account: string
  readonly region: string
  /** How many services this chain has passed; delivery stops at HOPS_MAX. */
  readonly hops: number
  /** JSON that the source's renderer understands. */
  readonly data: unknown
  /** Raw bytes that must arrive as they are (an async invocation's payload). */
  readonly payload?: Uint8Array
}

export const HOPS_MAX = 16

/** Where an envelope goes: a service's target by name, and the resource there. */
export interface Destination {
  readonly target: string
  readonly arn: string
  /**
   * Events in one lane of a destination are handed on one at a time, in the order of their commits: each only when the
   * one before it was delivered or is dead. Without a lane there is no order.
   */
  readonly lane?: string
  /** What a queue or a topic takes beside the message's text. */
  readonly message?: MessageDetails
}

/** For messages to queues and topics; other receivers pass it over. */
export interface MessageDetails {
  /** Topics show it to people: `Amazon S3 Notification`. */
  readonly subject?: string
  /** FIFO queues and topics need it. */
  readonly groupId?: string
  /** Within the queue's window a second message with the same id is taken for the same message. */
  readonly deduplicationId?: string
  readonly attributes?: Readonly<Record<string, MessageAttribute>>
}

export type MessageAttribute =
  /** `type` as the APIs name it: `String`, `Number`, `Binary`, or one of them with a label: `String.Array`. */
  { readonly type: string; readonly text: string } | { readonly type: string; readonly base64: string }
