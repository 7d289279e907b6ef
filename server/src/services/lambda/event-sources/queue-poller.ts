// Feeds the messages of one queue to one function.
//
// Promises, held by queue-poller.simulation.test.ts over many seeds:
// Q1  A message is deleted only after an invocation with it succeeded, or when no filter lets it pass.
// Q2  A message that failed, or whose batch never ran, comes back when its visibility timeout ends, or at once when it
//     never reached the function.
// Q3  Never more batches at once than the mapping allows; batches with messages of one group of a FIFO queue never
//     overlap.
// Q4  After `stop` nothing is received and nothing is invoked.
//
// One receive waits while the queue is quiet, and the next one begins when it returns; a queue that answers with full
// pages is read by several at once. Batches may run as many as FIRST_CONCURRENCY at first; while all of these are busy
// the bound grows with time, and it halves when the function is throttled.
import type { QueueMessage, QueueSource } from '#events/queue-source.ts'
import { Backoff } from './backoff.ts'
import { compileFilters, type RecordFilter } from './filters.ts'
import { readItemFailures } from './item-failures.ts'
import {
  CONCURRENCY_GROWTH_PER_S,
  CONCURRENCY_MAX,
  EARLY_END_PAUSE_MS,
  EVENT_BYTES_MAX,
  FIRST_CONCURRENCY,
  RECEIVE_MESSAGES_MAX,
  RECEIVE_WAIT_MS,
  RECEIVES_MAX,
  THROTTLE_DELAY_BASE_MS,
  THROTTLE_DELAY_MAX_MS,
  TROUBLE_DELAY_BASE_MS,
  TROUBLE_DELAY_MAX_MS,
} from './limits.ts'
import type { QueueMapping } from './mapping-record.ts'
import { Nap } from './nap.ts'
import {
  type BatchOutcome,
  EVENT_FRAME_BYTES,
  eventOf,
  type Poller,
  type PollerWorld,
  RESULT_DENIED,
  RESULT_FAILED,
  RESULT_LOOP,
  RESULT_NO_FUNCTION,
  RESULT_NO_SOURCE,
  RESULT_OK,
  RESULT_THROTTLED,
} from './poller.ts'

/** Messages that were received together, and until when they are hidden from others. */
interface Gathered {
  readonly messages: readonly QueueMessage[]
  readonly visibleAtMs: number
}

export class QueuePoller implements Poller {
  readonly #mapping: QueueMapping
  readonly #source: QueueSource
  readonly #world: PollerWorld
  readonly #filter: RecordFilter
  readonly #stopping = new AbortController()
  readonly #nap: Nap
  readonly #trouble: Backoff
  readonly #turns = new Set<Promise<void>>()
  readonly #concurrencyMax: number
  #allowed: number
  #grownMs: number
  #receiving = 0
  #running = 0
  /** The last receive came back full: there is more. */
  #backlog = false

  constructor(mapping: QueueMapping, source: QueueSource, world: PollerWorld) {
    this.#mapping = mapping
    this.#source = source
    this.#world = world
    this.#filter = compileFilters(mapping.settings.filters, mapping.service)
    this.#nap = new Nap(world.clock, this.#stopping.signal)
    this.#trouble = new Backoff(world.random, TROUBLE_DELAY_BASE_MS, TROUBLE_DELAY_MAX_MS)
    this.#concurrencyMax = mapping.settings.concurrencyMax ?? CONCURRENCY_MAX
    this.#allowed = Math.min(FIRST_CONCURRENCY, this.#concurrencyMax)
    this.#grownMs = world.clock.monotonicMs()
  }

  start(): Promise<void> {
    this.#pump()
    return Promise.resolve()
  }

  nudge(): void {
    this.#nap.nudge()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#turns)
  }

  /** Begins as many turns as there is work and room for. */
  #pump(): void {
    if (this.#stopping.signal.aborted) return
    const receives = this.#backlog && this.#mapping.settings.windowS === 0 ? RECEIVES_MAX : 1
    while (this.#receiving < receives && this.#receiving + this.#running < this.#allowed) {
      this.#receiving++
      const turn = this.#turn()
      this.#turns.add(turn)
      void turn.finally(() => this.#turns.delete(turn))
    }
  }

  /** One batch from its first receive to its end. */
  async #turn(): Promise<void> {
    const gathered = await this.#gather()
    // In one go: a place must not look free in between.
    this.#receiving--
    this.#running++
    this.#grow()
    this.#pump()
    try {
      await this.#run(gathered)
    } catch (error) {
      // What was received is hidden until its timeout, and then comes back.
      this.#world.log.error('mapping.batch.failed', { error, mapping: this.#mapping.uuid })
      await this.#nap.sleep(this.#trouble.nextMs())
    } finally {
      this.#running--
      this.#pump()
    }
  }

  // Gathering.

  /** Waits for messages that pass the filter; empty only when the poller stops. Never rejects. */
  async #gather(): Promise<Gathered> {
    const { batchSize, windowS } = this.#mapping.settings
    const messages: QueueMessage[] = []
    let bytes = EVENT_FRAME_BYTES
    let firstMs = 0
    let visibleAtMs = Number.POSITIVE_INFINITY
    while (!this.#stopping.signal.aborted) {
      const untilMs = messages.length === 0 ? RECEIVE_WAIT_MS : firstMs + windowS * 1000 - this.#nowMs()
      if (messages.length > 0 && (untilMs <= 0 || messages.length >= batchSize || bytes >= EVENT_BYTES_MAX)) break
      const received = await this.#receive(Math.min(RECEIVE_MESSAGES_MAX, batchSize - messages.length), untilMs)
      if (received === undefined) {
        if (messages.length > 0) break
        continue
      }
      if (messages.length === 0) firstMs = this.#nowMs()
      visibleAtMs = Math.min(visibleAtMs, received.visibleAtMs)
      for (const message of await this.#passing(received.messages)) {
        messages.push(message)
        bytes += message.recordBytes + 1
      }
    }
    return { messages, visibleAtMs }
  }

  /** Undefined after trouble, which was waited out. */
  async #receive(messagesMax: number, waitMs: number): Promise<Gathered | undefined> {
    const { sourceArn, uuid } = this.#mapping
    try {
      if (!(await this.#world.functionExists())) return await this.#wait(RESULT_NO_FUNCTION)
      if (!(await this.#world.mayRead())) return await this.#wait(RESULT_DENIED)
      const queue = await this.#source.describe(sourceArn)
      if (queue === undefined) return await this.#wait(RESULT_NO_SOURCE)
      const { signal } = this.#stopping
      const endMs = this.#nowMs() + waitMs
      const messages = await this.#source.receive(sourceArn, { messagesMax, waitMs, signal })
      // A queue that is closing does not wait; asking it without a pause would leave no room for anything else.
      if (messages.length === 0 && this.#nowMs() < endMs) await this.#nap.sleep(EARLY_END_PAUSE_MS)
      this.#backlog = messages.length === messagesMax
      this.#trouble.reset()
      return { messages, visibleAtMs: this.#nowMs() + queue.visibilityTimeoutMs }
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#world.log.warn('mapping.receive.failed', { error, mapping: uuid })
      return await this.#wait(RESULT_NO_SOURCE)
    }
  }

  async #wait(problem: string): Promise<undefined> {
    this.#world.report(problem)
    await this.#nap.sleep(this.#trouble.nextMs())
  }

  /** Deletes the messages that no filter lets pass, as AWS does. Best effort: what stays is filtered again. */
  async #passing(messages: readonly QueueMessage[]): Promise<readonly QueueMessage[]> {
    const passing = messages.filter(({ record }) => this.#filter.passes(record))
    if (passing.length === messages.length) return passing
    const passed = new Set(passing)
    try {
      await this.#delete(messages.filter((message) => !passed.has(message)))
    } catch (error) {
      this.#world.log.warn('mapping.filtered.stay', { error, mapping: this.#mapping.uuid })
    }
    return passing
  }

  // Running.

  /** Splits at the event's size; the pieces run one after the other, so that groups keep their order. */
  async #run({ messages, visibleAtMs }: Gathered): Promise<void> {
    const brokenGroups = new Set<string>()
    for (const piece of pieces(messages)) {
      const held = piece.filter(({ groupId }) => groupId !== undefined && brokenGroups.has(groupId))
      const batch = piece.filter((message) => !held.includes(message))
      if (held.length > 0) await this.#release(held)
      if (batch.length === 0) continue
      const failed = await this.#invoke(batch, visibleAtMs)
      for (const { groupId } of failed) if (groupId !== undefined) brokenGroups.add(groupId)
    }
  }

  /** Answers the messages that stay in the queue. */
  async #invoke(batch: readonly QueueMessage[], visibleAtMs: number): Promise<readonly QueueMessage[]> {
    const event = eventOf(batch)
    const hops = Math.max(...batch.map((message) => message.hops))
    const throttled = new Backoff(this.#world.random, THROTTLE_DELAY_BASE_MS, THROTTLE_DELAY_MAX_MS)
    for (;;) {
      if (this.#stopping.signal.aborted) return await this.#release(batch)
      const outcome = await this.#world.invoke(event, hops)
      if (outcome.kind !== 'throttled') return await this.#settle(batch, outcome)
      this.#world.report(RESULT_THROTTLED)
      this.#allowed = Math.max(1, Math.floor(this.#allowed / 2))
      this.#grownMs = this.#world.clock.monotonicMs()
      const delayMs = throttled.nextMs()
      // Nobody may run a message that others can see already.
      if (this.#nowMs() + delayMs >= visibleAtMs) return batch
      await this.#nap.sleep(delayMs)
    }
  }

  async #settle(
    batch: readonly QueueMessage[],
    outcome: Exclude<BatchOutcome, { readonly kind: 'throttled' }>,
  ): Promise<readonly QueueMessage[]> {
    if (outcome.kind === 'gone') {
      this.#world.report(RESULT_NO_FUNCTION)
      return await this.#release(batch)
    }
    if (outcome.kind === 'loop') {
      // The queue's redrive policy takes them to the dead letters in the end.
      this.#world.report(RESULT_LOOP)
      return batch
    }
    const failed = this.#failedOf(batch, outcome)
    this.#world.report(failed.length === 0 ? RESULT_OK : RESULT_FAILED)
    await this.#delete(batch.filter((message) => !failed.includes(message)))
    return failed
  }

  #failedOf(batch: readonly QueueMessage[], outcome: BatchOutcome): readonly QueueMessage[] {
    if (outcome.kind !== 'succeeded') return batch
    if (!this.#mapping.settings.reportsItemFailures) return []
    const failures = readItemFailures(outcome.answer, new Set(batch.map(({ messageId }) => messageId)))
    if (failures.kind === 'none') return []
    return failures.kind === 'all' ? batch : batch.filter(({ messageId }) => failures.ids.has(messageId))
  }

  async #delete(messages: readonly QueueMessage[]): Promise<void> {
    if (messages.length > 0) await this.#source.delete(this.#mapping.sourceArn, handlesOf(messages))
  }

  /** For messages that never reached the function: others may have them at once. */
  async #release(messages: readonly QueueMessage[]): Promise<readonly QueueMessage[]> {
    if (messages.length > 0) await this.#source.release(this.#mapping.sourceArn, handlesOf(messages), 0)
    return messages
  }

  /** More batches at once, while messages wait and all places are taken. */
  #grow(): void {
    const nowMs = this.#world.clock.monotonicMs()
    const steps = Math.floor(((nowMs - this.#grownMs) / 1000) * CONCURRENCY_GROWTH_PER_S)
    if (steps === 0) return
    this.#grownMs = nowMs
    if (!this.#backlog || this.#running < this.#allowed) return
    this.#allowed = Math.min(this.#concurrencyMax, this.#allowed + Math.min(steps, CONCURRENCY_GROWTH_PER_S))
  }

  #nowMs(): number {
    return this.#world.clock.nowMs()
  }
}

function handlesOf(messages: readonly QueueMessage[]): readonly string[] {
  return messages.map(({ receiptHandle }) => receiptHandle)
}

/** Cuts where the event would pass its size. */
function* pieces(messages: readonly QueueMessage[]): Generator<readonly QueueMessage[]> {
  let piece: QueueMessage[] = []
  let bytes = EVENT_FRAME_BYTES
  for (const message of messages) {
    if (piece.length > 0 && bytes + message.recordBytes + 1 > EVENT_BYTES_MAX) {
      yield piece
      piece = []
      bytes = EVENT_FRAME_BYTES
    }
    piece.push(message)
    bytes += message.recordBytes + 1
  }
  if (piece.length > 0) yield piece
}
