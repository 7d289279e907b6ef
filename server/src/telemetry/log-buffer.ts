// Lines that functions print, on their way to the ingest. `write` is on the warm path of every invocation: it finds the
// lines of its stream by the identity of the ref, puts its bytes behind them, and counts. All other work is done once per
// flush.
//
// Bounds: message bytes per stream and of all streams together. A line that does not fit is dropped and counted, and the
// stream gets one line that says how many are missing. When the store is full or fails, lines stay and wait.
import type { CancelTimer, Clock } from '#base/clock.ts'
import { invariant } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import { StoreClosedError } from '#storage/store.ts'
import type { Batch, LogIngest } from './log-ingest.ts'
import { EVENT_OVERHEAD_BYTES, type LogLimits } from './log-limits.ts'
import type { LogEvent, LogStreamRef, LogWriter } from './logs.ts'
import { PackedEvents } from './packed-events.ts'

/** Lines that claim to be older than this, or from the future, get the time of the flush. */
const LINE_AGE_MS_MAX = 15 * 60_000
/** Writes that are put off; one more, and they are all made. They hold on to what they tell of. */
const PUT_OFF_MAX = 512
/** Room that is made at once for the lines of a stream that usually has many. */
const ROOM_BYTES_MAX = 64 * 1024
/** Streams that are submitted at once. */
const STREAMS_PER_SUBMIT_MAX = 250

interface Lines {
  readonly ref: LogStreamRef
  readonly events: PackedEvents
  /** What counts against the bounds. */
  bytes: number
  dropped: number
}

/** What is remembered of a stream from flush to flush. */
interface Course {
  /** The time of its last line. */
  latestMs: number
  /** Bytes of the messages of a flush. */
  messageBytes: number
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
  readonly #courses = new WeakMap<LogStreamRef, Course>()
  /** Of everything that is not stored yet, lines under way included. */
  #bytes = 0
  #dropped = 0
  #putOff: (() => void)[] = []
  #catchesUp = false
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

  writeLater(write: () => void, soon: boolean): void {
    this.#putOff.push(write)
    if (this.#putOff.length > PUT_OFF_MAX) return this.#catchUp()
    this.#arm()
    if (!soon || this.#catchesUp) return
    this.#catchesUp = true
    // Answers leave at the end of the turn. Behind them a client needs longer to ask again than this takes.
    setImmediate(() => setImmediate(() => this.#catchUp()))
  }

  write(ref: LogStreamRef, { timestampMs, message }: LogEvent): void {
    this.#add(ref, timestampMs, message, message.length)
  }

  writeLine(ref: LogStreamRef, timestampMs: number, line: string | Buffer): void {
    this.#add(ref, timestampMs, typeof line === 'string' ? `${line}\n` : line, line.length + 1)
  }

  /** `message`: as bytes, a line whose newline is missing. It has at least `length` bytes. */
  #add(ref: LogStreamRef, timestampMs: number, message: string | Buffer, length: number): void {
    if (this.#putOff.length > 0) this.#catchUp()
    const { limits } = this.#options
    let lines = this.#pending.get(ref)
    if (lines === undefined) {
      lines = this.#open(ref)
      this.#pending.set(ref, lines)
      this.#arm()
    }
    // It takes at least this much; what it takes more is counted before the next one.
    const least = length + EVENT_OVERHEAD_BYTES
    if (lines.bytes + least > limits.bufferedBytesPerStreamMax || this.#bytes + least > limits.bufferedBytesMax) {
      lines.dropped++
      this.#dropped++
      return
    }
    const bytes = addLine(lines.events, timestampMs, message, limits.lineCharsMax)
    lines.bytes += bytes
    this.#bytes += bytes
    if (this.#bytes >= limits.flushBytes && this.#running === undefined) void this.flush()
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
    this.#putOff = []
    this.#pending = new Map()
    this.#bytes = 0
  }

  #catchUp(): void {
    this.#catchesUp = false
    if (this.#putOff.length === 0) return
    const writes = this.#putOff
    this.#putOff = []
    for (const write of writes) write()
  }

  #open(ref: LogStreamRef): Lines {
    const usual = this.#courses.get(ref)?.messageBytes ?? 0
    return { ref, events: PackedEvents.withRoom(Math.min(usual, ROOM_BYTES_MAX)), bytes: 0, dropped: 0 }
  }

  #arm(): void {
    this.#cancelTimer ??= this.#options.clock.after(this.#options.limits.flushIntervalMs, () => void this.flush())
  }

  #start(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#catchUp()
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
        this.#bytes = Math.max(0, this.#bytes - part.bytes)
      }
    } catch (error) {
      const left = joined(parts)
      log.warn('log lines could not be stored yet', { error, group: lines.ref.group, lines: left.events.count })
      if (error instanceof StoreClosedError) this.#bytes = Math.max(0, this.#bytes - left.bytes)
      else this.#putBack(left)
    }
  }

  // Lines stay in the order in which they came: a time that goes back (the platform's clock against the function's) is
  // raised to that of the line before.
  #batchOf({ ref, events, dropped }: Lines, nowMs: number): Batch {
    const course = this.#courses.get(ref) ?? { latestMs: 0, messageBytes: 0 }
    let { latestMs } = course
    for (let index = 0; index < events.count; index++) {
      const timeMs = events.timeMs(index)
      const isCredible = timeMs <= nowMs && timeMs > nowMs - LINE_AGE_MS_MAX
      latestMs = Math.max(latestMs, isCredible ? Math.floor(timeMs) : nowMs)
      if (timeMs !== latestMs) events.retime(index, latestMs)
    }
    if (events.count === 0) latestMs = Math.max(latestMs, nowMs)
    this.#courses.set(ref, { latestMs, messageBytes: events.messageBytes })
    if (dropped === 0) return { ref, events, ingestionMs: nowMs, makeMissing: true }
    // Apart from the lines: a batch that comes back is told of again, with what was dropped since then.
    const told = events.slice(0, events.count)
    told.add(latestMs, droppedText(dropped))
    return { ref, events: told, ingestionMs: nowMs, makeMissing: true }
  }

  #putBack(lines: Lines): void {
    const newer = this.#pending.get(lines.ref)
    this.#pending.set(lines.ref, newer ? joined([lines, newer]) : lines)
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
  const events = PackedEvents.withRoom(parts.reduce((sum, part) => sum + part.events.messageBytes, 0))
  for (const part of parts) events.append(part.events)
  return {
    ref: first.ref,
    events,
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
    dropped: parts.reduce((sum, part) => sum + part.dropped, 0),
  }
}

/** Cuts lines into batches; what was dropped is told with the last one. */
function partsOf(lines: Lines, { batchBytesMax }: LogLimits): Lines[] {
  const { ref, events, dropped } = lines
  if (lines.bytes <= batchBytesMax) return [lines]
  const parts: Lines[] = []
  let start = 0
  let bytes = 0
  for (let index = 0; index < events.count; index++) {
    const eventBytes = events.size(index) + EVENT_OVERHEAD_BYTES
    if (bytes > 0 && bytes + eventBytes > batchBytesMax) {
      parts.push({ ref, events: events.slice(start, index), bytes, dropped: 0 })
      start = index
      bytes = 0
    }
    bytes += eventBytes
  }
  parts.push({ ref, events: events.slice(start, events.count), bytes, dropped })
  return parts
}

/** A line as one event, or as several where it is long. Answers what it counts for. */
function addLine(events: PackedEvents, timestampMs: number, line: string | Buffer, charsMax: number): number {
  if (typeof line !== 'string' && line.length < charsMax)
    return events.addLine(timestampMs, line) + EVENT_OVERHEAD_BYTES
  const message = typeof line === 'string' ? line : `${line.toString()}\n`
  if (message.length <= charsMax) return events.add(timestampMs, message) + EVENT_OVERHEAD_BYTES
  let bytes = 0
  for (let start = 0; start < message.length; start += charsMax)
    bytes += events.add(timestampMs, message.slice(start, start + charsMax)) + EVENT_OVERHEAD_BYTES
  return bytes
}

function droppedText(count: number): string {
  return `[WARN] Mayfly dropped ${count} log lines here: they came faster than they can be stored`
}
