// Lines that functions print, on their way to the ingest. `write` is on the warm path of every invocation: it finds the
// lines of its stream by the identity of the ref, pushes, and counts. All other work is done once per flush.
//
// Bounds: characters per stream and of all streams together. A line that does not fit is dropped and counted, and the
// stream gets one line that says how many are missing. When the store is full or fails, lines stay and wait.
import type { CancelTimer, Clock } from '#base/clock.ts'
import { invariant } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { StoreClosedError } from '#storage/store.ts'
import type { Batch, LogIngest } from './log-ingest.ts'
import { EVENT_OVERHEAD_BYTES, type LogLimits } from './log-limits.ts'
import type { LogEvent, LogStreamRef, LogWriter } from './logs.ts'

/** Lines that claim to be older than this, or from the future, get the time of the flush. */
const LINE_AGE_MS_MAX = 15 * 60_000
/** Streams that are submitted at once. */
const STREAMS_PER_SUBMIT_MAX = 250

interface Lines {
  readonly ref: LogStreamRef
  events: LogEvent[]
  chars: number
  dropped: number
}

export interface LogBufferOptions {
  readonly ingest: LogIngest
  readonly clock: Clock
  readonly limits: LogLimits
  readonly log: Log
}

export class LogBuffer implements LogWriter {
  readonly #options: LogBufferOptions
  #pending = new Map<LogStreamRef, Lines>()
  /** The time of the last line of each stream. */
  readonly #latestMs = new WeakMap<LogStreamRef, number>()
  /** Of everything that is not stored yet, lines under way included. */
  #chars = 0
  #dropped = 0
  #cancelTimer: CancelTimer | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(options: LogBufferOptions) {
    this.#options = options
  }

  /** Lines dropped since the start. */
  get dropped(): number {
    return this.#dropped
  }

  write(ref: LogStreamRef, event: LogEvent): void {
    const { limits } = this.#options
    let lines = this.#pending.get(ref)
    if (lines === undefined) {
      lines = { ref, events: [], chars: 0, dropped: 0 }
      this.#pending.set(ref, lines)
      this.#arm()
    }
    const chars = event.message.length + EVENT_OVERHEAD_BYTES
    if (lines.chars + chars > limits.bufferedCharsPerStreamMax || this.#chars + chars > limits.bufferedCharsMax) {
      lines.dropped++
      this.#dropped++
      return
    }
    lines.events.push(event)
    lines.chars += chars
    this.#chars += chars
    if (this.#chars >= limits.flushChars && this.#running === undefined) void this.flush()
  }

  /** Never rejects: what cannot be stored now stays buffered. */
  flush(): Promise<void> {
    if (this.#running === undefined) return this.#start()
    // What was written since the running flush began needs one more; everybody who asks meanwhile shares it.
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#start()
    })
    return this.#next
  }

  /** Forgets what is not stored. */
  clear(): void {
    this.#pending = new Map()
    this.#chars = 0
  }

  #arm(): void {
    this.#cancelTimer ??= this.#options.clock.after(this.#options.limits.flushIntervalMs, () => void this.flush())
  }

  #start(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#pending.size === 0) return Promise.resolve()
    this.#running = this.#run().finally(() => {
      this.#running = undefined
      if (this.#pending.size > 0) this.#arm()
    })
    return this.#running
  }

  async #run(): Promise<void> {
    const taken = gather(this.#pending.values())
    this.#pending = new Map()
    const dropped = taken.reduce((sum, lines) => sum + lines.dropped, 0)
    if (dropped > 0) this.#options.log.warn('log lines dropped', { lines: dropped, total: this.#dropped })
    for (let start = 0; start < taken.length; start += STREAMS_PER_SUBMIT_MAX)
      await Promise.all(taken.slice(start, start + STREAMS_PER_SUBMIT_MAX).map((lines) => this.#store(lines)))
  }

  async #store(lines: Lines): Promise<void> {
    const { ingest, clock, log, limits } = this.#options
    const parts = partsOf(lines, limits)
    try {
      for (let part = parts[0]; part !== undefined; parts.shift(), part = parts[0]) {
        await ingest.submit(this.#batchOf(part, clock.nowMs()))
        this.#chars = Math.max(0, this.#chars - part.chars)
      }
    } catch (error) {
      const left = joined(parts)
      log.warn('log lines could not be stored yet', { error, group: lines.ref.group, lines: left.events.length })
      if (error instanceof StoreClosedError) this.#chars = Math.max(0, this.#chars - left.chars)
      else this.#putBack(left)
    }
  }

  // Lines stay in the order in which they came: a time that goes back (the platform's clock against the function's) is
  // raised to that of the line before.
  #batchOf({ ref, events: lines, dropped }: Lines, nowMs: number): Batch {
    const events: LogEvent[] = []
    const { lineCharsMax } = this.#options.limits
    let latestMs = this.#latestMs.get(ref) ?? 0
    for (const line of lines) {
      const { timestampMs, message } = line
      const isCredible = timestampMs <= nowMs && timestampMs > nowMs - LINE_AGE_MS_MAX
      latestMs = Math.max(latestMs, isCredible ? Math.floor(timestampMs) : nowMs)
      // Nearly all lines are events as they came.
      if (timestampMs === latestMs && message.length <= lineCharsMax) events.push(line)
      else for (const piece of pieces(message, lineCharsMax)) events.push({ timestampMs: latestMs, message: piece })
    }
    if (dropped > 0) events.push({ timestampMs: latestMs, message: droppedText(dropped) })
    this.#latestMs.set(ref, latestMs)
    return { ref, events, ingestionMs: nowMs, makeMissing: true }
  }

  #putBack(lines: Lines): void {
    const newer = this.#pending.get(lines.ref)
    if (!newer) {
      this.#pending.set(lines.ref, lines)
      return
    }
    newer.events = [...lines.events, ...newer.events]
    newer.chars += lines.chars
    newer.dropped += lines.dropped
  }
}

/** Joins the lines of refs that name the same stream. */
function gather(all: Iterable<Lines>): Lines[] {
  const byName = new Map<string, Lines[]>()
  for (const lines of all) {
    const { account, region, group, stream } = lines.ref
    const name = `${account}\n${region}\n${group}\n${stream}`
    const same = byName.get(name)
    if (same) same.push(lines)
    else byName.set(name, [lines])
  }
  return Array.from(byName.values(), joined)
}

/** Lines of one stream, not empty. */
function joined(parts: readonly Lines[]): Lines {
  const [first, ...rest] = parts
  invariant(first, 'there are no lines to join')
  if (rest.length === 0) return first
  return {
    ref: first.ref,
    events: parts.flatMap((part) => part.events),
    chars: parts.reduce((sum, part) => sum + part.chars, 0),
    dropped: parts.reduce((sum, part) => sum + part.dropped, 0),
  }
}

/** Cuts lines into batches; what was dropped is told with the last one. */
function partsOf(lines: Lines, { batchCharsMax }: LogLimits): Lines[] {
  if (lines.chars <= batchCharsMax) return [lines]
  const parts: Lines[] = []
  let events: LogEvent[] = []
  let chars = 0
  for (const event of lines.events) {
    const eventChars = event.message.length + EVENT_OVERHEAD_BYTES
    if (chars > 0 && chars + eventChars > batchCharsMax) {
      parts.push({ ref: lines.ref, events, chars, dropped: 0 })
      events = []
      chars = 0
    }
    events.push(event)
    chars += eventChars
  }
  parts.push({ ref: lines.ref, events, chars, dropped: lines.dropped })
  return parts
}

function pieces(message: string, charsMax: number): readonly string[] {
  if (message.length <= charsMax) return [message]
  const parts: string[] = []
  for (let start = 0; start < message.length; start += charsMax) parts.push(message.slice(start, start + charsMax))
  return parts
}

function droppedText(count: number): string {
  return `[WARN] Mayfly dropped ${count} log lines here: they came faster than they can be stored`
}
