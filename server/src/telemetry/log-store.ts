// The log store: what other rooms use. It joins the parts and owns their life:
//
//   write ─▶ buffer (100 ms) ─┐
//   putEvents ────────────────┴▶ ingest (group commit) ─▶ store ─▶ tail (live followers)
//   readStream, readGroup ─▶ chunk source ─▶ merge
//   sweep: every ten minutes, and after each deletion
//
// Who wants to read what functions printed a moment ago calls `flush` first.
import { LRUCache } from 'lru-cache'
import type { CancelTimer, Clock } from '#base/clock.ts'
import { randomHex, systemRandom, type Random } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { StoreFullError, type Store } from '#storage/store.ts'
import { LogBuffer } from './log-buffer.ts'
import { groupChunks, streamChunks, type Direction } from './log-chunk-source.ts'
import {
  LogGroups,
  type GroupChange,
  type GroupSettings,
  type NamedGroup,
  type NamedStream,
  type StreamListOptions,
} from './log-groups.ts'
import { LogIngest, type CachedRecord, type IngestOutcome } from './log-ingest.ts'
import { LOG_LIMITS, type LogLimits } from './log-limits.ts'
import { mergeEvents } from './log-merge.ts'
import { comparePositions, startOf, type EventPosition } from './log-position.ts'
import { collectGarbage, retentionStartMs, sweepLogs, type SweepResult } from './log-sweep.ts'
import { LogTail, type TailListener } from './log-tail.ts'
import type { LogEvent, LogGroup, LogGroupRef, LogStream, LogStreamRef, LogWriter, StoredLogEvent } from './logs.ts'
import { PackedEvents } from './packed-events.ts'

export interface LogStoreOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly random?: Random
  /** Makes ids of groups; unique for ever. */
  readonly newId?: () => string
  readonly limits?: Partial<LogLimits>
}

export interface ReadOptions {
  readonly direction: Direction
  /** Forwards: the first event, inclusive. Backwards: exclusive. */
  readonly start: EventPosition
  /** Forwards: exclusive. Backwards: the last event, inclusive. */
  readonly end: EventPosition
}

export interface LogStore extends LogWriter {
  /** Lines dropped by `write` since the start. */
  readonly droppedLines: number
  /**
   * Stores events (not empty, in order of time, each at most 1 MiB) and resolves when they are on disk.
   * Rejects with StoreFullError when the store cannot follow.
   */
  putEvents(ref: LogStreamRef, events: readonly LogEvent[]): Promise<IngestOutcome>

  createGroup(ref: LogGroupRef, settings?: GroupSettings): Promise<'created' | 'exists'>
  getGroup(ref: LogGroupRef): Promise<LogGroup | undefined>
  updateGroup(ref: LogGroupRef, change: (group: LogGroup) => GroupChange): Promise<'updated' | 'missing'>
  deleteGroup(ref: LogGroupRef): Promise<'deleted' | 'missing' | 'protected'>
  /** Groups in order of name, beginning after `after`. */
  listGroups(account: string, region: string, prefix?: string, after?: string): AsyncGenerator<NamedGroup>

  createStream(ref: LogStreamRef): Promise<'created' | 'exists' | 'no-group'>
  getStream(groupId: string, stream: string): Promise<LogStream | undefined>
  deleteStream(ref: LogStreamRef): Promise<'deleted' | 'no-group' | 'no-stream' | 'protected'>
  listStreams(groupId: string, options: StreamListOptions): Promise<readonly NamedStream[]>

  /** Batches of events of one stream in the order of the direction; events past the retention are left out. */
  readStream(group: LogGroup, stream: LogStream, options: ReadOptions): AsyncGenerator<readonly StoredLogEvent[]>
  /** Batches of events of all streams, or of the streams with the given numbers, merged in order of time. */
  readGroup(
    group: LogGroup,
    start: EventPosition,
    end: EventPosition,
    streams?: ReadonlySet<number>,
  ): AsyncGenerator<readonly StoredLogEvent[]>

  /** Calls `listener` with events as they are stored. Undefined when there are too many subscriptions. */
  subscribe(ref: LogGroupRef, listener: TailListener): (() => void) | undefined
  /** Deletes what is past its retention and what deleted groups left; runs by itself as well. */
  sweep(): Promise<SweepResult>
  /** Forgets everything in memory: call it when the store was cleared. */
  reset(): void
  /** Stores what is buffered and stops. */
  close(): Promise<void>
}

/** Bounded sizes, nothing shared: one per server. */
export function createLogStore(options: LogStoreOptions): LogStore {
  return new LogStoreParts(options)
}

class LogStoreParts implements LogStore {
  readonly #store: Store
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  readonly #limits: LogLimits
  readonly #cache: LRUCache<string, CachedRecord>
  readonly #groups: LogGroups
  readonly #ingest: LogIngest
  readonly #buffer: LogBuffer
  readonly #tail: LogTail
  readonly #closing = new AbortController()
  #cancelSweep: CancelTimer | undefined
  #sweeping: Promise<SweepResult> | undefined
  #collecting: Promise<void> | undefined

  constructor({ store, clock, log, random = systemRandom, newId, limits }: LogStoreOptions) {
    this.#store = store
    this.#clock = clock
    this.#random = random
    this.#log = log
    this.#limits = Object.freeze({ ...LOG_LIMITS, ...limits })
    this.#cache = new LRUCache({ max: this.#limits.cachedRecordsMax })
    this.#groups = new LogGroups({ store, clock, random, newId: newId ?? (() => randomHex(8)) })
    this.#tail = new LogTail(this.#limits.subscriptionsMax)
    this.#ingest = new LogIngest({
      store,
      clock,
      random,
      limits: this.#limits,
      cache: this.#cache,
      newGroup: (createdMs) => this.#groups.newGroup(createdMs),
      stored: (batch) => this.#tail.publish(batch),
    })
    this.#buffer = new LogBuffer({ ingest: this.#ingest, clock, limits: this.#limits, log })
    this.#scheduleSweep()
  }

  get droppedLines(): number {
    return this.#buffer.dropped
  }

  write(ref: LogStreamRef, event: LogEvent): void {
    this.#buffer.write(ref, event)
  }

  writeLine(ref: LogStreamRef, timestampMs: number, line: string | Buffer): void {
    this.#buffer.writeLine(ref, timestampMs, line)
  }

  writeLater(write: () => void, soon: boolean): void {
    this.#buffer.writeLater(write, soon)
  }

  flush(): Promise<void> {
    return this.#buffer.flush()
  }

  putEvents(ref: LogStreamRef, events: readonly LogEvent[]): Promise<IngestOutcome> {
    if (this.#ingest.waiting >= this.#limits.waitingBatchesMax)
      return Promise.reject(new StoreFullError('too many log batches are waiting to be stored'))
    return this.#ingest.submit({
      ref,
      events: PackedEvents.of(events),
      ingestionMs: this.#clock.nowMs(),
      makeMissing: false,
    })
  }

  createGroup(ref: LogGroupRef, settings: GroupSettings = {}): Promise<'created' | 'exists'> {
    return this.#groups.create(ref, settings)
  }

  getGroup(ref: LogGroupRef): Promise<LogGroup | undefined> {
    return this.#groups.get(ref)
  }

  updateGroup(ref: LogGroupRef, change: (group: LogGroup) => GroupChange): Promise<'updated' | 'missing'> {
    return this.#groups.update(ref, change)
  }

  async deleteGroup(ref: LogGroupRef): Promise<'deleted' | 'missing' | 'protected'> {
    // Lines of before must not bring the group back.
    await this.#buffer.flush()
    const outcome = await this.#groups.delete(ref)
    if (outcome === 'deleted') this.#collect()
    return outcome
  }

  listGroups(account: string, region: string, prefix?: string, after?: string): AsyncGenerator<NamedGroup> {
    return this.#groups.list(account, region, prefix, after)
  }

  createStream(ref: LogStreamRef): Promise<'created' | 'exists' | 'no-group'> {
    return this.#groups.createStream(ref)
  }

  getStream(groupId: string, stream: string): Promise<LogStream | undefined> {
    return this.#groups.getStream(groupId, stream)
  }

  async deleteStream(ref: LogStreamRef): Promise<'deleted' | 'no-group' | 'no-stream' | 'protected'> {
    await this.#buffer.flush()
    const outcome = await this.#groups.deleteStream(ref)
    if (outcome === 'deleted') this.#collect()
    return outcome
  }

  listStreams(groupId: string, options: StreamListOptions): Promise<readonly NamedStream[]> {
    return this.#groups.listStreams(groupId, options)
  }

  readStream(group: LogGroup, stream: LogStream, options: ReadOptions): AsyncGenerator<readonly StoredLogEvent[]> {
    const { direction } = options
    const oldest = this.#oldest(group)
    const start = direction === 'forward' ? latest(options.start, oldest) : options.start
    const end = direction === 'backward' ? latest(options.end, oldest) : options.end
    return mergeEvents({
      start,
      end,
      direction,
      bytesMax: this.#limits.mergeBytesMax,
      open: (position) => {
        const [first, last] = direction === 'forward' ? [position, end] : [end, position]
        const range = { fromMs: first.timestampMs, beforeMs: last.timestampMs + 1 }
        return streamChunks(this.#store, group.id, stream, range, direction)
      },
    })
  }

  readGroup(
    group: LogGroup,
    start: EventPosition,
    end: EventPosition,
    streams?: ReadonlySet<number>,
  ): AsyncGenerator<readonly StoredLogEvent[]> {
    return mergeEvents({
      start: latest(start, this.#oldest(group)),
      end,
      direction: 'forward',
      bytesMax: this.#limits.mergeBytesMax,
      open: (position) =>
        groupChunks(this.#store, group, { fromMs: position.timestampMs, beforeMs: end.timestampMs + 1 }, streams),
    })
  }

  subscribe(ref: LogGroupRef, listener: TailListener): (() => void) | undefined {
    return this.#tail.subscribe(ref, listener)
  }

  sweep(): Promise<SweepResult> {
    this.#sweeping ??= sweepLogs(
      { store: this.#store, clock: this.#clock, random: this.#random, changed: () => this.#cache.clear() },
      this.#closing.signal,
    ).finally(() => {
      this.#sweeping = undefined
    })
    return this.#sweeping
  }

  reset(): void {
    this.#buffer.clear()
    this.#cache.clear()
  }

  async close(): Promise<void> {
    this.#cancelSweep?.()
    this.#closing.abort()
    await Promise.allSettled([this.#sweeping, this.#collecting])
    await this.#buffer.flush()
    await this.#ingest.settled()
  }

  #oldest(group: LogGroup): EventPosition {
    return startOf(Math.max(0, retentionStartMs(group, this.#clock.nowMs())))
  }

  /** Deletes in the background; what an error or a crash leaves, the next sweep finds. */
  #collect(): void {
    this.#collecting = Promise.resolve(this.#collecting)
      .then(() => collectGarbage(this.#store, this.#closing.signal))
      .then(
        () => undefined,
        (error: unknown) => this.#log.warn('deleted logs could not be cleared away yet', { error }),
      )
  }

  #scheduleSweep(): void {
    this.#cancelSweep = this.#clock.after(this.#limits.sweepIntervalMs, () => {
      void this.sweep()
        .catch((error: unknown) => this.#log.warn('sweep of logs failed', { error }))
        .finally(() => {
          if (!this.#closing.signal.aborted) this.#scheduleSweep()
        })
    })
  }
}

function latest(a: EventPosition, b: EventPosition): EventPosition {
  return comparePositions(a, b) >= 0 ? a : b
}
