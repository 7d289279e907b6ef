// Feeds the records of one shard to one function, in order.
//
// Promises, held by stream-poller.simulation.test.ts over many seeds:
// S1  Every record that passes the filter is done once an invocation with it succeeded, or when it was given up by the
//     mapping's rules, and then the place for failures is told in the same commit.
// S2  Records of one key reach the function in their order; only a repetition goes back.
// S3  The checkpoint moves forward only, and never past a record that is not done.
// S4  Never more batches at once than the parallelization factor.
//
// Records are read ahead into `#pending`, bounded in number and bytes, and dealt to lanes by the hash of their key. A lane
// works on one batch at a time (stream-batch.ts). The checkpoint follows the longest stretch that is done from the front.
import { InvariantError } from '#base/errors.ts'
import type { StreamPosition, StreamRecord, StreamSource } from '#events/stream-source.ts'
import { outboxAppend } from '#events/outbox.ts'
import type { Append, Store, Version } from '#storage/store.ts'
import { Backoff } from './backoff.ts'
import {
  type Checkpoint,
  checkpointKey,
  encodeCheckpoint,
  type OpenWindow,
  type StoredCheckpoint,
} from './checkpoints.ts'
import { failureRecord } from './failure-record.ts'
import type { RecordFilter } from './filters.ts'
import {
  EVENT_BYTES_MAX,
  RETRY_DELAY_BASE_MS,
  RETRY_DELAY_MAX_MS,
  SHARD_HELD_BYTES_MAX,
  SHARD_PAGE_RECORDS,
  THROTTLE_DELAY_BASE_MS,
  THROTTLE_DELAY_MAX_MS,
  TROUBLE_DELAY_BASE_MS,
  TROUBLE_DELAY_MAX_MS,
} from './limits.ts'
import type { StreamMapping } from './mapping-record.ts'
import { Nap } from './nap.ts'
import {
  type BatchOutcome,
  EVENT_FRAME_BYTES,
  eventOf,
  type PollerWorld,
  RESULT_DENIED,
  RESULT_FAILED,
  RESULT_NO_FUNCTION,
  RESULT_NO_SOURCE,
  RESULT_OK,
  RESULT_THROTTLED,
} from './poller.ts'
import { type BatchHost, type BatchRules, type Loss, type Pending, workThrough } from './stream-batch.ts'
import { stateOf, windowMembers, windowStartMs } from './tumbling-window.ts'

interface Lane {
  readonly waiting: Pending[]
  bytes: number
  busy: boolean
  /** When the first of `waiting` came. */
  sinceMs: number
}

export interface ShardPollerOptions {
  readonly mapping: StreamMapping
  readonly shard: string
  readonly source: StreamSource
  readonly filter: RecordFilter
  readonly store: Store
  readonly checkpoint: StoredCheckpoint
  readonly stopping: AbortSignal
  readonly world: PollerWorld
}

export type ShardEnd = 'done' | 'stopped' | 'fenced'

/** What is written with the checkpoint. */
interface Change {
  readonly retries?: Readonly<Record<string, number>>
  readonly append?: Append
}

/** Another poller wrote the checkpoint. */
class FencedError extends Error {}

export class ShardPoller {
  readonly #options: ShardPollerOptions
  readonly #rules: BatchRules
  readonly #nap: Nap
  readonly #lanes: readonly Lane[]
  readonly #work = new Set<Promise<void>>()
  readonly #fenced = new AbortController()
  /** In the order of the shard. */
  readonly #pending: Pending[] = []
  #pendingBytes = 0
  #cursor: StreamPosition | undefined
  #checkpoint: Checkpoint
  #version: Version | null
  #commits: Promise<void> = Promise.resolve()
  #window: OpenWindow | undefined

  constructor(options: ShardPollerOptions) {
    this.#options = options
    const { settings } = options.mapping
    this.#rules = {
      retriesMax: settings.retriesMax,
      recordAgeMaxMs: settings.recordAgeMaxS < 0 ? Number.POSITIVE_INFINITY : settings.recordAgeMaxS * 1000,
      bisects: settings.bisects,
      reportsItemFailures: settings.reportsItemFailures,
    }
    this.#nap = new Nap(options.world.clock, options.stopping)
    // A window has one state, so its shard has one lane.
    const lanes = settings.tumblingWindowS > 0 ? 1 : settings.parallelizationFactor
    this.#lanes = Array.from({ length: lanes }, () => ({ waiting: [], bytes: 0, busy: false, sinceMs: 0 }))
    this.#checkpoint = options.checkpoint.value
    this.#version = options.checkpoint.version
    this.#cursor = this.#checkpoint.position ?? undefined
    this.#window = this.#checkpoint.window
  }

  /** New records, or something else worth a look. */
  nudge(): void {
    this.#nap.nudge()
  }

  /** Runs until the shard is closed and done, or the poller stops. */
  async run(): Promise<ShardEnd> {
    const trouble = new Backoff(this.#options.world.random, TROUBLE_DELAY_BASE_MS, TROUBLE_DELAY_MAX_MS)
    while (!this.#stopped()) {
      const since = this.#nap.now
      try {
        if (!(await this.#options.world.mayRead())) {
          this.#options.world.report(RESULT_DENIED)
          await this.#nap.sleep(trouble.nextMs())
          continue
        }
        const more = await this.#read()
        trouble.reset()
        this.#startLanes()
        if (this.#isExhausted()) return (await this.#finish()) ? 'done' : 'stopped'
        if (!more) await this.#nap.sleep(this.#nextLookMs(), since)
      } catch (error) {
        if (error instanceof FencedError) break
        if (this.#stopped()) break
        const { world, mapping, shard } = this.#options
        world.log.warn('mapping.shard.failed', { error, mapping: mapping.uuid, shard })
        world.report(RESULT_NO_SOURCE)
        this.#recoverCursor(error)
        await this.#nap.sleep(trouble.nextMs())
      }
    }
    await Promise.all(this.#work)
    return this.#fenced.signal.aborted ? 'fenced' : 'stopped'
  }

  // Reading.

  /** True when there may be more to read at once. */
  async #read(): Promise<boolean> {
    if (this.#cursor === undefined || this.#pendingBytes >= SHARD_HELD_BYTES_MAX) return false
    if (this.#pending.length >= this.#lanes.length * this.#options.mapping.settings.batchSize + SHARD_PAGE_RECORDS)
      return false
    const { source, mapping, shard } = this.#options
    const page = await source.read(mapping.sourceArn, shard, this.#cursor, SHARD_PAGE_RECORDS)
    this.#cursor = page.next
    for (const record of page.records) this.#take(record)
    // Records that no filter lets pass may stand alone: the checkpoint moves past them.
    if (page.records.length > 0 && this.#pending.every(({ done }) => done)) await this.#save({})
    return page.records.length > 0 && page.next !== undefined
  }

  #take(record: StreamRecord): void {
    const pending = { record, done: !this.#options.filter.passes(record.record) }
    this.#pending.push(pending)
    this.#pendingBytes += record.recordBytes
    if (pending.done) return
    const lane = this.#lanes[laneOf(record.partitionKey, this.#lanes.length)]
    if (lane === undefined) throw new InvariantError('a key without a lane')
    if (lane.waiting.length === 0) lane.sinceMs = this.#nowMs()
    lane.waiting.push(pending)
    lane.bytes += record.recordBytes + 1
  }

  /** Records behind the checkpoint were trimmed: what is left begins at the oldest. */
  #recoverCursor(error: unknown): void {
    const isTrimmed = error instanceof Error && 'code' in error && error.code === 'TrimmedDataAccessException'
    if (isTrimmed && this.#pending.length === 0) this.#cursor = { kind: 'oldest' }
  }

  #isExhausted(): boolean {
    return this.#cursor === undefined && this.#pending.length === 0 && this.#work.size === 0 && !this.#windowIsDue()
  }

  /** How long nothing can happen without a nudge. */
  #nextLookMs(): number {
    const { windowS, tumblingWindowS } = this.#options.mapping.settings
    let lookMs = TROUBLE_DELAY_MAX_MS
    for (const lane of this.#lanes)
      if (!lane.busy && lane.waiting.length > 0)
        lookMs = Math.min(lookMs, lane.sinceMs + windowS * 1000 - this.#nowMs())
    if (this.#window) lookMs = Math.min(lookMs, this.#window.startMs + tumblingWindowS * 1000 - this.#nowMs())
    return Math.max(1, lookMs)
  }

  // Batches.

  #startLanes(): void {
    for (const lane of this.#lanes)
      if (!this.#stopped() && !lane.busy && (this.#isReady(lane) || this.#windowIsDue())) {
        lane.busy = true
        const work = this.#workLane(lane)
        this.#work.add(work)
        void work.finally(() => {
          this.#work.delete(work)
          this.nudge()
        })
      }
  }

  #isReady({ waiting, bytes, sinceMs }: Lane): boolean {
    const { batchSize, windowS } = this.#options.mapping.settings
    if (waiting.length === 0) return false
    if (waiting.length >= batchSize || bytes >= EVENT_BYTES_MAX || this.#cursor === undefined) return true
    return this.#nowMs() - sinceMs >= windowS * 1000
  }

  async #workLane(lane: Lane): Promise<void> {
    try {
      if (this.#options.mapping.settings.tumblingWindowS > 0) await this.#turnWindow(lane)
      const batch = this.#nextBatch(lane)
      await workThrough(batch, this.#rules, this.#host())
      // What a stop left undone is not lost: the checkpoint stands before it.
    } catch (error) {
      if (error instanceof FencedError) return
      const { world, mapping, shard } = this.#options
      if (!this.#stopped()) world.log.error('mapping.batch.failed', { error, mapping: mapping.uuid, shard })
      // A lane that failed inside Mayfly must not go on behind its gap.
      this.#fenced.abort()
    } finally {
      lane.busy = false
    }
  }

  #nextBatch(lane: Lane): readonly Pending[] {
    const { batchSize, tumblingWindowS } = this.#options.mapping.settings
    const batch: Pending[] = []
    let bytes = EVENT_FRAME_BYTES
    for (const pending of lane.waiting) {
      const added = pending.record.recordBytes + 1
      if (batch.length === batchSize || (batch.length > 0 && bytes + added > EVENT_BYTES_MAX)) break
      if (tumblingWindowS > 0 && !this.#isInWindow(pending.record)) break
      batch.push(pending)
      bytes += added
    }
    lane.waiting.splice(0, batch.length)
    lane.bytes -= bytes - EVENT_FRAME_BYTES
    lane.sinceMs = this.#nowMs()
    return batch
  }

  #host(): BatchHost {
    const { stopping, world } = this.#options
    const { clock, random } = world
    const throttled = new Backoff(random, THROTTLE_DELAY_BASE_MS, THROTTLE_DELAY_MAX_MS)
    const failed = new Backoff(random, RETRY_DELAY_BASE_MS, RETRY_DELAY_MAX_MS)
    return {
      nowMs: () => clock.nowMs(),
      stopped: () => this.#stopped(),
      invoke: (piece) =>
        this.#invoke(
          piece.map(({ record }) => record),
          { final: false, early: false },
        ),
      complete: (piece, answer) => this.#complete(piece, answer),
      giveUp: (piece, loss) => this.#giveUp(piece, loss),
      noteRetries: (first, retries) => this.#save({ retries: { [first.record.sequence]: retries } }),
      retriesOf: (first) => this.#checkpoint.retries[first.record.sequence] ?? 0,
      // Not a nap: new records must not shorten the wait of a batch that failed.
      pause: (failures) => clock.sleep((failures === 0 ? throttled : failed).nextMs(), stopping),
    }
  }

  async #invoke(
    records: readonly StreamRecord[],
    end: { readonly final: boolean; readonly early: boolean },
  ): Promise<BatchOutcome> {
    const { mapping, shard, world } = this.#options
    const more = this.#window ? windowMembers(mapping, shard, this.#window, end) : {}
    const outcome = await world.invoke(eventOf(records, more), 0)
    if (outcome.kind === 'throttled') world.report(RESULT_THROTTLED)
    else if (outcome.kind === 'gone') world.report(RESULT_NO_FUNCTION)
    else if (outcome.kind === 'failed') world.report(RESULT_FAILED)
    else world.report(RESULT_OK)
    return outcome
  }

  async #complete(piece: readonly Pending[], answer: Uint8Array): Promise<void> {
    for (const pending of piece) pending.done = true
    if (!this.#window) return await this.#save({})
    const next = stateOf(answer)
    if (next.kind === 'too-large') {
      await this.#endWindow(true)
      return
    }
    this.#window = { ...this.#window, state: next.state }
    await this.#save({})
  }

  async #giveUp(piece: readonly Pending[], loss: Loss): Promise<void> {
    for (const pending of piece) pending.done = true
    const { mapping, shard } = this.#options
    const role = mapping.settings.onFailureArn === undefined ? undefined : await this.#options.world.role()
    const lost = failureRecord({ mapping, role, shard, records: piece, loss, nowMs: this.#nowMs() })
    await this.#save({ ...(lost && { append: outboxAppend(lost) }) })
  }

  // Tumbling windows.

  /** Before a batch: ends the window whose time is over, opens the one that the next record belongs to. */
  async #turnWindow(lane: Lane): Promise<void> {
    const { tumblingWindowS } = this.#options.mapping.settings
    if (this.#window && this.#windowIsDue()) await this.#endWindow(false)
    const next = lane.waiting[0]
    if (this.#window === undefined && next)
      this.#window = { startMs: windowStartMs(next.record.createdMs, tumblingWindowS), state: {} }
  }

  /** Late records go into the window that is open. */
  #isInWindow(record: StreamRecord): boolean {
    const { tumblingWindowS } = this.#options.mapping.settings
    return this.#window !== undefined && record.createdMs < this.#window.startMs + tumblingWindowS * 1000
  }

  #windowIsDue(): boolean {
    if (this.#window === undefined) return false
    const next = this.#lanes[0]?.waiting[0]
    if (next) return !this.#isInWindow(next.record)
    const isOver = this.#nowMs() >= this.#window.startMs + this.#options.mapping.settings.tumblingWindowS * 1000
    return isOver || this.#cursor === undefined
  }

  /** The last invocation of a window. It is repeated like any batch, and given up after the same number of retries. */
  async #endWindow(early: boolean): Promise<void> {
    const host = this.#host()
    for (let failures = 0; !this.#stopped();) {
      const outcome = await this.#invoke([], { final: true, early })
      if (outcome.kind === 'succeeded') break
      if (outcome.kind === 'failed' && this.#rules.retriesMax >= 0 && failures++ >= this.#rules.retriesMax) break
      await host.pause(outcome.kind === 'failed' ? failures + 1 : 0)
    }
    if (this.#stopped()) return
    this.#window = undefined
    await this.#save({})
  }

  // The checkpoint.

  /** One commit after the other: where the shard stands now, retries used, and an event that follows. */
  #save(change: Change): Promise<void> {
    const saved = this.#commits.then(() => this.#commit(change))
    this.#commits = saved.catch(() => {})
    return saved
  }

  async #commit(change: Change): Promise<void> {
    if (this.#fenced.signal.aborted) throw new FencedError('another poller has this shard')
    const passed = this.#passDone()
    const retries = Object.fromEntries(
      Object.entries({ ...this.#checkpoint.retries, ...change.retries }).filter(([sequence]) =>
        this.#pending.some(({ record, done }) => !done && record.sequence === sequence),
      ),
    )
    const next: Checkpoint = {
      position: passed ?? this.#checkpoint.position,
      retries,
      ...(this.#window && { window: this.#window }),
    }
    const { store, mapping, shard } = this.#options
    const key = checkpointKey(mapping.uuid, shard)
    const outcome = await store.commit({
      checks: [{ key, version: this.#version }],
      sets: [{ key, value: encodeCheckpoint(next) }],
      appends: change.append ? [change.append] : [],
    })
    if (outcome.kind === 'conflict') {
      this.#fenced.abort()
      throw new FencedError('another poller has this shard')
    }
    this.#checkpoint = next
    this.#version = outcome.version
  }

  /** Drops what is done from the front; the position behind it, or undefined when nothing was done. */
  #passDone(): StreamPosition | undefined {
    const firstUndone = this.#pending.findIndex(({ done }) => !done)
    const passed = this.#pending.splice(0, firstUndone < 0 ? this.#pending.length : firstUndone)
    for (const { record } of passed) this.#pendingBytes -= record.recordBytes
    const last = passed.at(-1)
    return last && { kind: 'after', sequence: last.record.sequence }
  }

  /** True when the whole shard is noted as done. */
  async #finish(): Promise<boolean> {
    await this.#commits
    const { store, mapping, shard } = this.#options
    const key = checkpointKey(mapping.uuid, shard)
    const outcome = await store.commit({
      checks: [{ key, version: this.#version }],
      sets: [{ key, value: encodeCheckpoint({ position: null, retries: {} }) }],
    })
    return outcome.kind === 'committed'
  }

  #stopped(): boolean {
    return this.#options.stopping.aborted || this.#fenced.signal.aborted
  }

  #nowMs(): number {
    return this.#options.world.clock.nowMs()
  }
}

/** FNV-1a: the same key always goes to the same lane. */
function laneOf(partitionKey: string, lanes: number): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < partitionKey.length; at++) hash = Math.imul(hash ^ partitionKey.charCodeAt(at), 0x01000193)
  return (hash >>> 0) % lanes
}
