// How a queue is polled by whoever feeds its messages to functions. The queue service implements it; the poller knows
// neither the queue's storage nor its wire format.

/** A message that was received and is hidden from others until its visibility timeout ends. */
export interface QueueMessage {
  /** Names this reception: what `delete` and `release` take. */
  readonly receiptHandle: string
  readonly messageId: string
  /** FIFO queues only. Messages of one group arrive in order. */
  readonly groupId: string | undefined
  readonly sentMs: number
  /** How far along a chain of events it was sent (events/hops.ts). */
  readonly hops: number
  /** The entry of `Records` that a function sees, as the service documents it. Made once, never changed. */
  readonly record: Readonly<Record<string, unknown>>
  /** Bytes of the record as JSON: batches are cut by payload size. */
  readonly recordBytes: number
}

export interface QueueDescription {
  readonly fifo: boolean
  readonly visibilityTimeoutMs: number
}

export interface ReceiveOptions {
  /** 1..10. */
  readonly messagesMax: number
  /** How long to wait for the first message; a message sent wakes the wait in the tick after its commit. */
  readonly waitMs: number
  /** Ends the wait; what was received by then is still returned. */
  readonly signal: AbortSignal
}

export interface QueueSource {
  /** Undefined when there is no such queue. */
  describe(arn: string): Promise<QueueDescription | undefined>
  /** Empty after the wait. Rejects with an AwsError when the queue is gone. */
  receive(arn: string, options: ReceiveOptions): Promise<readonly QueueMessage[]>
  /** Durable when it resolves. A receipt handle that is no longer valid is passed over. */
  delete(arn: string, receiptHandles: readonly string[]): Promise<void>
  /** Makes messages visible again after `delayMs`; 0 for at once. */
  release(arn: string, receiptHandles: readonly string[], delayMs: number): Promise<void>
}
