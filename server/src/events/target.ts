// The one door between services: a service that can be reached by events registers a Target in main.ts.
import type { Destination, Envelope } from './envelope.ts'

export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  /** Worth another attempt. `countsAsAttempt` is false for throttling: it is retried until the event is too old. */
  | { readonly kind: 'failed'; readonly reason: string; readonly countsAsAttempt: boolean }
  /** No attempt will help (the function is gone): straight to the dead letters. */
  | { readonly kind: 'rejected'; readonly reason: string }

export interface RetryPolicy {
  /** Delay before attempt 2, 3, ...; after the last one the event is dead. */
  readonly delaysMs: readonly number[]
  readonly ageMaxMs: number
}

export interface Target {
  readonly name: string
  /** `payload` is the rendered event (JSON bytes). Must be safe to repeat: delivery is at least once. */
  deliver(envelope: Envelope, destination: Destination, payload: Uint8Array, attempt: number): Promise<DeliveryOutcome>
  retryPolicy(destination: Destination): Promise<RetryPolicy>
}

/** Makes the event document that receivers of this source expect. Registered in main.ts by source name. */
export type Renderer = (envelope: Envelope, destination: Destination) => Uint8Array
