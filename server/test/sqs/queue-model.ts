// What a queue is, in as few words as possible and without any regard to speed: lists that are searched. The model test runs
// it beside the service. Times are milliseconds of the test's clock.

export interface ModelMessage {
  readonly id: string
  readonly body: string
  readonly group: string | undefined
  readonly deduplicationId: string | undefined
  sentMs: number
  visibleMs: number
  receives: number
  isInFlight: boolean
  firstReceivedMs: number
  receivedMs: number
  handle: string | undefined
}

export interface ModelOptions {
  readonly fifo: boolean
  readonly visibilityMs: number
  readonly retentionMs: number
  readonly deadLetters?: ModelQueue
}

const WINDOW_MS = 300_000

export class ModelQueue {
  readonly #options: ModelOptions
  messages: ModelMessage[] = []
  /** Everything that was sent and not taken for a duplicate. */
  readonly #sent: { readonly id: string; readonly deduplicationId: string; readonly sentMs: number }[] = []

  constructor(options: ModelOptions) {
    this.#options = options
  }

  /** Time goes on: timeouts end, messages expire. */
  tick(nowMs: number): void {
    this.messages = this.messages.filter(({ sentMs }) => sentMs + this.#options.retentionMs > nowMs)
    for (const message of this.messages) if (message.visibleMs <= nowMs) message.isInFlight = false
  }

  /** The id that the service must answer; undefined: a new one, which the caller then gives to `add`. */
  duplicateOf(deduplicationId: string, nowMs: number): string | undefined {
    return this.#sent.findLast((one) => one.deduplicationId === deduplicationId && one.sentMs + WINDOW_MS > nowMs)?.id
  }

  add(message: Pick<ModelMessage, 'id' | 'body' | 'group' | 'deduplicationId'>, nowMs: number, delayMs: number): void {
    const { id, deduplicationId } = message
    if (deduplicationId !== undefined) this.#sent.push({ id, deduplicationId, sentMs: nowMs })
    this.messages.push({
      ...message,
      sentMs: nowMs,
      visibleMs: nowMs + delayMs,
      receives: 0,
      isInFlight: false,
      firstReceivedMs: 0,
      receivedMs: 0,
      handle: undefined,
    })
  }

  /** What a receive could give; a FIFO queue gives of each group its first ones, in order. */
  available(nowMs: number): ModelMessage[] {
    const visible = this.messages.filter((message) => message.visibleMs <= nowMs)
    if (!this.#options.fifo) return visible
    return [...new Set(this.messages.map(({ group }) => group))].flatMap((group) => {
      const members = this.messages.filter((message) => message.group === group)
      if (members.some(({ isInFlight }) => isInFlight)) return []
      const hidden = members.findIndex((message) => message.visibleMs > nowMs)
      return hidden < 0 ? members : members.slice(0, hidden)
    })
  }

  /** The message goes to the dead letters. */
  bury(message: ModelMessage, nowMs: number): void {
    this.remove(message)
    // Only FIFO queues begin to count the retention anew.
    const sentMs = this.#options.fifo ? nowMs : message.sentMs
    const fresh = { receives: 0, isInFlight: false, visibleMs: 0, handle: undefined, sentMs }
    this.#options.deadLetters?.messages.push({ ...message, ...fresh })
  }

  receive(message: ModelMessage, handle: string, nowMs: number, visibilityMs = this.#options.visibilityMs): void {
    message.receives++
    message.handle = handle
    message.visibleMs = nowMs + visibilityMs
    message.isInFlight = visibilityMs > 0
    message.receivedMs = nowMs
    if (message.receives === 1) message.firstReceivedMs = nowMs
  }

  find(id: string): ModelMessage | undefined {
    return this.messages.find((message) => message.id === id)
  }

  remove(message: ModelMessage): void {
    this.messages.splice(this.messages.indexOf(message), 1)
  }

  counts(nowMs: number): { visible: number; inFlight: number; delayed: number } {
    const inFlight = this.messages.filter((message) => message.isInFlight).length
    const delayed = this.messages.filter((message) => !message.isInFlight && message.visibleMs > nowMs).length
    return { visible: this.messages.length - inFlight - delayed, inFlight, delayed }
  }
}
