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
}
