// A queue in memory that keeps to the port of queue sources: visibility timeouts on the test's clock, groups that are
// locked while one of their messages is out, waits that wake with a message. It notes what happened, for assertions.
import type { Clock } from '#base/clock.ts'
import type { QueueDescription, QueueMessage, QueueSource, ReceiveOptions } from '#events/queue-source.ts'

interface Held {
  readonly id: string
  readonly body: string
  readonly groupId: string | undefined
  readonly sentMs: number
  visibleAtMs: number
  receives: number
  receipt: string
}

export class FakeQueue implements QueueSource {
  readonly deleted: string[] = []
  readonly received: string[] = []
  /** Thrown by the next calls of receive. */
  readonly faults: Error[] = []
  gone = false
  readonly #clock: Clock
  readonly #description: QueueDescription
  readonly #messages: Held[] = []
  readonly #waiting = new Set<() => void>()
  #receipts = 0

  constructor(clock: Clock, description: QueueDescription = { fifo: false, visibilityTimeoutMs: 30_000 }) {
    this.#clock = clock
    this.#description = description
  }

  /** Messages that are not deleted. */
  get left(): readonly string[] {
    return this.#messages.map(({ id }) => id)
  }

  /** Calls of receive that wait for a message. */
  get waiting(): number {
    return this.#waiting.size
  }

  send(id: string, body = `"${id}"`, groupId?: string): void {
    this.#messages.push({
      id,
      body,
      groupId,
      sentMs: this.#clock.nowMs(),
      visibleAtMs: 0,
      receives: 0,
      receipt: '',
    })
    this.wake()
  }

  wake(): void {
    for (const wake of this.#waiting) wake()
  }

  describe(): Promise<QueueDescription | undefined> {
    return Promise.resolve(this.gone ? undefined : this.#description)
  }

  async receive(arn: string, { messagesMax, waitMs, signal }: ReceiveOptions): Promise<readonly QueueMessage[]> {
    const fault = this.faults.shift()
    if (fault) throw fault
    const endMs = this.#clock.nowMs() + waitMs
    for (;;) {
      const taken = this.#take(arn, messagesMax)
      const leftMs = endMs - this.#clock.nowMs()
      if (taken.length > 0 || leftMs <= 0 || signal.aborted) return taken
      await this.#sleep(Math.min(leftMs, this.#nextVisibleMs()), signal)
    }
  }

  delete(_arn: string, receiptHandles: readonly string[]): Promise<void> {
    for (const handle of receiptHandles) {
      const at = this.#messages.findIndex(({ receipt }) => receipt === handle)
      const [message] = at < 0 ? [] : this.#messages.splice(at, 1)
      if (message) this.deleted.push(message.id)
    }
    this.wake()
    return Promise.resolve()
  }

  release(_arn: string, receiptHandles: readonly string[], delayMs: number): Promise<void> {
    for (const message of this.#messages)
      if (receiptHandles.includes(message.receipt)) message.visibleAtMs = this.#clock.nowMs() + delayMs
    this.wake()
    return Promise.resolve()
  }

  #take(arn: string, messagesMax: number): readonly QueueMessage[] {
    const nowMs = this.#clock.nowMs()
    const locked = new Set(
      this.#messages.filter(({ groupId, visibleAtMs }) => groupId && visibleAtMs > nowMs).map(({ groupId }) => groupId),
    )
    const visible = this.#messages.filter(
      ({ visibleAtMs, groupId }) => visibleAtMs <= nowMs && !(groupId !== undefined && locked.has(groupId)),
    )
    return visible.slice(0, messagesMax).map((message) => this.#handOut(arn, message))
  }

  #handOut(arn: string, message: Held): QueueMessage {
    message.visibleAtMs = this.#clock.nowMs() + this.#description.visibilityTimeoutMs
    message.receives++
    message.receipt = `receipt-${++this.#receipts}`
    this.received.push(message.id)
    const record = {
      messageId: message.id,
      receiptHandle: message.receipt,
      body: message.body,
      attributes: { ApproximateReceiveCount: String(message.receives) },
      eventSource: 'aws:sqs',
      eventSourceARN: arn,
    }
    return {
      receiptHandle: message.receipt,
      messageId: message.id,
      groupId: message.groupId,
      sentMs: message.sentMs,
      hops: 0,
      record,
      recordBytes: Buffer.byteLength(JSON.stringify(record)),
    }
  }

  #nextVisibleMs(): number {
    const nowMs = this.#clock.nowMs()
    const waits = this.#messages.map(({ visibleAtMs }) => visibleAtMs - nowMs).filter((waitMs) => waitMs > 0)
    return Math.min(Number.MAX_SAFE_INTEGER, ...waits)
  }

  async #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController()
    const wake = (): void => woken.abort()
    this.#waiting.add(wake)
    signal.addEventListener('abort', wake, { once: true })
    await this.#clock.sleep(delayMs, woken.signal)
    signal.removeEventListener('abort', wake)
    this.#waiting.delete(wake)
  }
}
