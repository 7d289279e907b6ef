// Hands the events of the outbox to their targets.
//
// Promises, held by delivery.simulation.test.ts over many seeds with injected faults:
// D1  Every event that was committed is delivered at least once, or ends in the dead letters with a reason, or with the
//     events that its receiver sends to its own place for failures.
// D2  Nothing is delivered after it became a dead letter.
// D3  Never more attempts at once than the limits allow, in all and per destination.
// D4  First attempts for one destination start in the order of their commits. In a lane, an event is attempted only when
//     every one before it was delivered or is dead.
// D5  Attempts that counted are durable: a restart goes on counting.
//
// Life of an event: committed -> known (a small entry in memory, read in commit order) -> ready (in its destination's
// queue) -> in flight -> settled by one commit: gone (delivered), dead (moved to the dead letters), or due later. An
// entry leaves the store only in such a commit, which checks that the entry is still the one that was read.
import type { CancelTimer, Clock } from '#base/clock.ts'
import type { Random } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { type Commit, type Entry, type Key, type Store, StoreClosedError, type Version } from '#storage/store.ts'
import { attemptsKey, encodeAttempts, readAttempts } from './attempts.ts'
import { DEAD_LETTER_LOG, deadLetterAppend } from './dead-letters.ts'
import { type Destination, HOPS_MAX } from './envelope.ts'
import { DELIVERY_LIMITS, type DeliveryLimits, SCAN_PAGE, STORE_RETRY_MS } from './limits.ts'
import { decodeRecord, OUTBOX_LOG, outboxAppend, type OutboxRecord } from './outbox.ts'
import { ReadyQueues } from './ready-queues.ts'
import type { DeliveryOutcome, Renderer, RetryPolicy, Target } from './target.ts'

export interface DeliveryOptions {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly targets: readonly Target[]
  /** By the envelope's source. A source without one needs envelopes with a payload, which is handed on as it is. */
  readonly renderers: ReadonlyMap<string, Renderer>
  readonly limits?: Partial<DeliveryLimits>
}

export interface DeliveryStatus {
  /** Undelivered events that are known in memory. */
  readonly pending: number
  readonly inFlight: number
}

export interface Delivery {
  /** Recovers what a former life left, then follows the outbox. */
  start(): Promise<void>
  /** Starts nothing more and waits up to `graceMs` for attempts under way; the rest stays in the store. */
  stop(graceMs: number): Promise<void>
  /** Forgets everything in memory; call it after the store was cleared. */
  reset(): void
  status(): DeliveryStatus
}

/** An undelivered event as memory knows it. */
interface Item {
  readonly sequence: number
  readonly version: Version
  readonly destination: string
  readonly inLane: boolean
  /** Failed attempts that counted. */
  attempts: number
  /** Attempts in a row that did not count. */
  uncounted: number
  /** Present while the bytes are held in memory. */
  held: { readonly record: OutboxRecord; readonly bytes: number } | undefined
  cancelTimer: CancelTimer | undefined
}

/** Everything that a reset replaces. An attempt that began before the reset finds another life and settles nothing. */
interface Life {
  readonly items: Map<number, Item>
  readonly ready: ReadyQueues<Item>
  heldBytes: number
  /** Last sequence that was read. */
  cursor: number
  /** Up to here entries may have failed in a former life. */
  recoverUpTo: number
  /** The store holds more than memory may know. */
  full: boolean
}

type Follows = readonly OutboxRecord[]

type Verdict =
  | { readonly kind: 'delivered'; readonly follows: Follows }
  | { readonly kind: 'dead'; readonly reason: string; readonly attempts: number; readonly follows: Follows }
  | { readonly kind: 'later'; readonly delayMs: number; readonly counted: boolean }

export function createDelivery(options: DeliveryOptions): Delivery {
  return new OutboxDelivery(options)
}

class OutboxDelivery implements Delivery {
  readonly #store: Store
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  readonly #targets: ReadonlyMap<string, Target>
  readonly #renderers: ReadonlyMap<string, Renderer>
  readonly #limits: DeliveryLimits
  readonly #underWay = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #life: Life
  #unwatch: (() => void) | undefined
  #scanning = false
  #scanAgain = false

  constructor(options: DeliveryOptions) {
    this.#store = options.store
    this.#clock = options.clock
    this.#random = options.random
    this.#log = options.log.with({ room: 'events' })
    this.#targets = new Map(options.targets.map((target) => [target.name, target]))
    this.#renderers = options.renderers
    this.#limits = { ...DELIVERY_LIMITS, ...options.limits }
    this.#life = this.#newLife()
  }

  async start(): Promise<void> {
    const [last] = await this.#store.list({ prefix: OUTBOX_LOG }, { limit: 1, reverse: true })
    this.#life.recoverUpTo = last ? sequenceOf(last.key) : 0
    this.#unwatch = this.#store.watch(OUTBOX_LOG, () => this.#wake())
    this.#wake()
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    this.#unwatch?.()
    for (const item of this.#life.items.values()) item.cancelTimer?.()
    if (this.#underWay.size === 0) return
    const graceOver = new AbortController()
    const settled = Promise.allSettled(this.#underWay).then(() => graceOver.abort())
    await Promise.race([settled, this.#clock.sleep(graceMs, graceOver.signal)])
  }

  reset(): void {
    for (const item of this.#life.items.values()) item.cancelTimer?.()
    this.#life = this.#newLife()
    this.#wake()
  }

  status(): DeliveryStatus {
    return { pending: this.#life.items.size, inFlight: this.#life.ready.inFlight }
  }

  #newLife(): Life {
    return {
      items: new Map(),
      ready: new ReadyQueues(this.#limits.inFlightMax, this.#limits.inFlightPerDestinationMax),
      heldBytes: 0,
      cursor: 0,
      recoverUpTo: 0,
      full: false,
    }
  }

  // Reading: from the store into memory, in commit order.

  #wake(): void {
    this.#scanAgain = true
    if (this.#scanning || this.#stopping.signal.aborted) return
    this.#scanning = true
    this.#track(this.#scan())
  }

  async #scan(): Promise<void> {
    try {
      while (this.#scanAgain && !this.#stopping.signal.aborted) {
        this.#scanAgain = false
        await this.#readNew(this.#life)
      }
    } catch (error) {
      if (error instanceof StoreClosedError || this.#stopping.signal.aborted) return
      this.#log.error('outbox.read.failed', { error })
      this.#clock.after(STORE_RETRY_MS, () => this.#wake())
    } finally {
      this.#scanning = false
    }
    if (this.#scanAgain) this.#wake()
  }

  async #readNew(life: Life): Promise<void> {
    for (;;) {
      life.full = life.items.size >= this.#limits.pendingMax
      if (life.full) return
      const page = await this.#store.list(
        { prefix: OUTBOX_LOG, after: [...OUTBOX_LOG, life.cursor] },
        { limit: SCAN_PAGE },
      )
      const former = page.map((entry) => sequenceOf(entry.key)).filter((sequence) => sequence <= life.recoverUpTo)
      const attempts = await readAttempts(this.#store, former)
      if (life !== this.#life) return
      for (const [index, entry] of page.entries()) this.#learn(life, entry, attempts[index])
      this.#startReady(life)
      if (page.length < SCAN_PAGE) return
    }
  }

  #learn(life: Life, entry: Entry, attempts: { readonly count: number; readonly dueMs: number } | undefined): void {
    const sequence = sequenceOf(entry.key)
    life.cursor = sequence
    const record = decodeRecord(entry.value)
    const item: Item = {
      sequence,
      version: entry.version,
      destination: queueName(record.destination),
      inLane: record.destination.lane !== undefined,
      attempts: attempts?.count ?? 0,
      uncounted: 0,
      held: undefined,
      cancelTimer: undefined,
    }
    life.items.set(sequence, item)
    const delayMs = attempts ? attempts.dueMs - this.#clock.nowMs() : 0
    if (delayMs > 0) return this.#defer(life, item, delayMs)
    if (life.heldBytes + entry.value.length <= this.#limits.heldBytesMax) {
      item.held = { record, bytes: entry.value.length }
      life.heldBytes += entry.value.length
    }
    life.ready.push(item)
  }

  // Attempting.

  #startReady(life: Life): void {
    if (this.#stopping.signal.aborted || life !== this.#life) return
    for (let item = life.ready.take(); item; item = life.ready.take()) this.#track(this.#run(life, item))
  }

  async #run(life: Life, item: Item): Promise<void> {
    try {
      const record = await this.#recordOf(life, item)
      const verdict = record && (await this.#attempt(record, item))
      if (life !== this.#life) return
      if (verdict) await this.#settle(life, item, record, verdict)
      else life.items.delete(item.sequence)
    } catch (error) {
      if (error instanceof StoreClosedError || this.#stopping.signal.aborted) {
        // Not settled: what comes after it in its lane is for the next life.
        if (item.inLane) life.ready.holdBack(item)
        return
      }
      this.#log.error('event.attempt.failed', { error, sequence: item.sequence, destination: item.destination })
      this.#defer(life, item, this.#uncountedDelayMs(item))
    } finally {
      life.ready.release(item)
      this.#startReady(life)
      if (life.full && life.items.size < this.#limits.pendingMax) this.#wake()
    }
  }

  /** The event; undefined when it is not in the store any more. */
  async #recordOf(life: Life, item: Item): Promise<OutboxRecord | undefined> {
    if (item.held) {
      const { record, bytes } = item.held
      item.held = undefined
      life.heldBytes -= bytes
      return record
    }
    const entry = await this.#store.get(keyOf(item))
    return entry?.version === item.version ? decodeRecord(entry.value) : undefined
  }

  async #attempt(record: OutboxRecord, item: Item): Promise<Verdict> {
    const { envelope, destination } = record
    const dead = (reason: string): Verdict => ({ kind: 'dead', reason, attempts: item.attempts, follows: [] })
    const target = this.#targets.get(destination.target)
    if (!target) return dead(`no target is called ${destination.target}`)
    const policy = await target.retryPolicy(destination)
    if (envelope.hops >= HOPS_MAX && policy.allowsLoops !== true)
      return dead(`the chain of events passed ${HOPS_MAX} hops: it is taken for a loop`)
    if (this.#clock.nowMs() - envelope.timeMs > policy.ageMaxMs)
      return dead(`older than ${policy.ageMaxMs / 1000} s after ${item.attempts} attempts`)
    const payload = this.#render(record)
    if (!payload) return dead(`nothing renders events of ${envelope.source}`)
    const outcome = await target.deliver(envelope, destination, payload, item.attempts + 1)
    return this.#judge(outcome, policy, item)
  }

  #judge(outcome: DeliveryOutcome, policy: RetryPolicy, item: Item): Verdict {
    const attempts = item.attempts + 1
    if (outcome.kind === 'delivered') return { kind: 'delivered', follows: outcome.follows ?? [] }
    if (outcome.kind === 'rejected')
      return { kind: 'dead', reason: outcome.reason, attempts, follows: outcome.follows ?? [] }
    if (!outcome.countsAsAttempt) return { kind: 'later', delayMs: this.#uncountedDelayMs(item), counted: false }
    const delayMs = policy.delaysMs[item.attempts]
    if (delayMs === undefined) return { kind: 'dead', reason: outcome.reason, attempts, follows: [] }
    return { kind: 'later', delayMs, counted: true }
  }

  #render({ envelope, destination }: OutboxRecord): Uint8Array | undefined {
    return this.#renderers.get(envelope.source)?.(envelope, destination) ?? envelope.payload
  }

  #uncountedDelayMs(item: Item): number {
    const { throttleDelayBaseMs, throttleDelayMaxMs } = this.#limits
    const fullMs = Math.min(throttleDelayMaxMs, throttleDelayBaseMs * 2 ** Math.min(item.uncounted++, 30))
    return fullMs * (0.5 + this.#random() / 2)
  }

  // Settling.

  async #settle(life: Life, item: Item, record: OutboxRecord, verdict: Verdict): Promise<void> {
    switch (verdict.kind) {
      case 'delivered':
        await this.#remove(item, { appends: verdict.follows.map(outboxAppend) })
        life.items.delete(item.sequence)
        return
      case 'dead':
        await this.#bury(item, record, verdict)
        life.items.delete(item.sequence)
        return
      case 'later':
        if (verdict.counted) await this.#countAttempt(item, verdict.delayMs)
        this.#defer(life, item, verdict.delayMs)
    }
  }

  async #bury(item: Item, record: OutboxRecord, verdict: Verdict & { readonly kind: 'dead' }): Promise<void> {
    const { reason, attempts, follows } = verdict
    if (follows.length > 0) return void (await this.#remove(item, { appends: follows.map(outboxAppend) }))
    const append = deadLetterAppend({ record, reason, attempts, deadMs: this.#clock.nowMs() })
    const sequences = await this.#remove(item, { appends: [append] })
    const sequence = sequences?.[0]
    if (sequence === undefined) return
    const { id, source, type } = record.envelope
    this.#log.warn('event.dead', { id, source, type, destination: item.destination, reason, attempts })
    const expired = sequence - this.#limits.deadLettersMax
    if (expired > 0) await this.#commit({ deletes: [[...DEAD_LETTER_LOG, expired]] })
  }

  #remove(item: Item, more: Commit): Promise<readonly number[] | undefined> {
    const key = keyOf(item)
    return this.#commit({
      ...more,
      checks: [{ key, version: item.version }],
      deletes: item.attempts > 0 ? [key, attemptsKey(item.sequence)] : [key],
    })
  }

  async #countAttempt(item: Item, delayMs: number): Promise<void> {
    item.attempts++
    item.uncounted = 0
    await this.#commit({
      checks: [{ key: keyOf(item), version: item.version }],
      sets: [
        {
          key: attemptsKey(item.sequence),
          value: encodeAttempts({ count: item.attempts, dueMs: this.#clock.nowMs() + delayMs }),
        },
      ],
    })
  }

  /**
   * Commits, repeating while the store refuses: what was delivered must not be delivered again because the disk was full
   * for a moment. Answers the sequences of the appends, or undefined where somebody else has settled the event.
   */
  async #commit(commit: Commit): Promise<readonly number[] | undefined> {
    for (;;) {
      try {
        const outcome = await this.#store.commit(commit)
        if (outcome.kind === 'committed') return outcome.sequences
        if (!(await this.#stillThere(commit))) return undefined
      } catch (error) {
        if (error instanceof StoreClosedError || this.#stopping.signal.aborted) throw error
        this.#log.error('outbox.settle.failed', { error })
        await this.#clock.sleep(STORE_RETRY_MS, this.#stopping.signal)
      }
    }
  }

  /** After a conflict: whether everything that was checked holds by now. */
  async #stillThere({ checks = [] }: Commit): Promise<boolean> {
    const entries = await this.#store.getMany(checks.map(({ key }) => key))
    return checks.every(({ version }, index) => (entries[index]?.version ?? null) === version)
  }

  #defer(life: Life, item: Item, delayMs: number): void {
    if (this.#stopping.signal.aborted || life !== this.#life) return
    if (item.inLane) life.ready.holdBack(item)
    item.cancelTimer = this.#clock.after(delayMs, () => {
      item.cancelTimer = undefined
      if (item.inLane) life.ready.resume(item)
      else life.ready.push(item)
      this.#startReady(life)
    })
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work))
  }
}

/** Lanes stand in queues of their own. */
function queueName({ target, arn, lane }: Destination): string {
  return lane === undefined ? `${target} ${arn}` : `${target} ${arn} ${lane}`
}

function sequenceOf(key: Key): number {
  return Number(key.at(-1))
}

function keyOf(item: Item): Key {
  return [...OUTBOX_LOG, item.sequence]
}
