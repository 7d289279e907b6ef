// The one door between services: a service that can be reached by events offers a Target in its workshop part.
import type { Destination, Envelope } from './envelope.ts'
import type { OutboxRecord } from './outbox.ts'

export type DeliveryOutcome =
  /** `follows`: events that this delivery causes; they enter the outbox in the commit that takes this one out. */
  | { readonly kind: 'delivered'; readonly follows?: readonly OutboxRecord[] }
  /** Worth another attempt. `countsAsAttempt` is false for throttling: it is retried until the event is too old. */
  | { readonly kind: 'failed'; readonly reason: string; readonly countsAsAttempt: boolean }
  /**
   * No attempt will help (the function is gone): straight to the dead letters. Where the receiver has a place of its own
   * for what failed, `follows` goes there instead, and nothing becomes a dead letter.
   */
  | { readonly kind: 'rejected'; readonly reason: string; readonly follows?: readonly OutboxRecord[] }

export interface RetryPolicy {
  /** Delay before attempt 2, 3, ...; after the last one the event is dead. */
  readonly delaysMs: readonly number[]
  readonly ageMaxMs: number
  /** The receiver wishes to get events of a chain that is taken for a loop. */
  readonly allowsLoops?: boolean
}

/** Whoever runs the server: what is set up on its machine sends without asking. */
export const OPERATOR = 'webhooks.mayfly'

/** Who asks to send events: what a resource policy of the receiver is evaluated against. */
export interface EventOrigin {
  /** A service, `s3.amazonaws.com`; the ARN of the role that something sends with, which its own policies must allow; or OPERATOR. */
  readonly principal: string
  /** The service that sends with the role; functions' roles are Lambda's. */
  readonly roleOf?: string
  readonly sourceArn: string
  readonly account: string
}

/** Something that a sender must be allowed besides sending; `conditions` are keys that only the receiver knows. */
export interface Need {
  readonly action: string
  readonly resource: string
  readonly conditions: Readonly<Record<string, string | readonly string[] | undefined>>
}

export interface Target {
  readonly name: string
  /** `payload` is the rendered event (JSON bytes). Must be safe to repeat: delivery is at least once. */
  deliver(envelope: Envelope, destination: Destination, payload: Uint8Array, attempt: number): Promise<DeliveryOutcome>
  retryPolicy(destination: Destination): Promise<RetryPolicy>
  /**
   * Why events of this origin cannot be sent to this resource; undefined when they can. Asked when a source is set up. A
   * target says whether the resource is there and takes them; whether it permits them is asked around it.
   */
  refusal(arn: string, origin: EventOrigin): Promise<string | undefined>
  /** What this sender needs besides, such as the key that the resource encrypts with. Nothing where it is left out. */
  needs?(arn: string, origin: EventOrigin): Promise<readonly Need[]>
}

/**
 * Who sends an event, for sources whose receivers must permit it. Undefined for what a service sends to itself, or has asked
 * about before. Offered by the workshop part of the source.
 */
export type OriginOf = (envelope: Envelope) => EventOrigin | undefined

/** Makes the event document that receivers of this source expect. Offered by the workshop part of the source. */
export type Renderer = (envelope: Envelope, destination: Destination) => Uint8Array
