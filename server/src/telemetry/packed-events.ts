// Log events, their messages as the bytes that will be stored, one behind the other. Thousands of events wait for the next
// commit at any time: as objects and texts all of them would be copied by the collector of garbage again and again, and its
// pauses are pauses of every invocation.
import { invariant } from '#base/errors.ts'
import type { LogEvent } from './logs.ts'

const FIRST_BYTES = 1024
const NEWLINE = 0x0a
/** A message of one UTF-16 unit takes at most as many bytes in UTF-8. */
const UNIT_BYTES_MAX = 3
/** Up to here room is made for the longest that a message can be; beyond its bytes are counted first. */
const UNCOUNTED_CHARS_MAX = 4096

export class PackedEvents implements Iterable<LogEvent> {
  readonly #timesMs: number[]
  /** Bytes of each message. */
  readonly #sizes: number[]
  #bytes: Buffer
  #filled: number

  private constructor(timesMs: number[], sizes: number[], bytes: Buffer, filled: number) {
    this.#timesMs = timesMs
    this.#sizes = sizes
    this.#bytes = bytes
    this.#filled = filled
  }

  /** None yet, with room for so many bytes of messages; more is made when it is needed. */
  static withRoom(bytes: number): PackedEvents {
    return new PackedEvents([], [], Buffer.allocUnsafe(Math.max(FIRST_BYTES, bytes)), 0)
  }

  static of(events: readonly LogEvent[]): PackedEvents {
    const packed = PackedEvents.withRoom(0)
    for (const { timestampMs, message } of events) packed.add(timestampMs, message)
    return packed
  }

  get count(): number {
    return this.#sizes.length
  }

  /** All messages, in UTF-8. */
  get messages(): Buffer {
    return this.#bytes.subarray(0, this.#filled)
  }

  get messageBytes(): number {
    return this.#filled
  }

  /** Of the event at `index`. */
  timeMs(index: number): number {
    const timeMs = this.#timesMs[index]
    invariant(timeMs !== undefined, `there is no event ${index}`)
    return timeMs
  }

  /** Bytes of the message at `index`. */
  size(index: number): number {
    const size = this.#sizes[index]
    invariant(size !== undefined, `there is no event ${index}`)
    return size
  }

  retime(index: number, timestampMs: number): void {
    this.#timesMs[index] = timestampMs
  }

  /** Answers the bytes that the message takes. */
  add(timestampMs: number, message: string): number {
    const most = message.length > UNCOUNTED_CHARS_MAX ? Buffer.byteLength(message) : message.length * UNIT_BYTES_MAX
    this.#makeRoom(most)
    const size = this.#bytes.write(message, this.#filled)
    this.#timesMs.push(timestampMs)
    this.#sizes.push(size)
    this.#filled += size
    return size
  }

  /** The same for a line in UTF-8, with a newline behind it. */
  addLine(timestampMs: number, line: Buffer): number {
    const size = line.length + 1
    this.#makeRoom(size)
    line.copy(this.#bytes, this.#filled)
    this.#bytes[this.#filled + line.length] = NEWLINE
    this.#timesMs.push(timestampMs)
    this.#sizes.push(size)
    this.#filled += size
    return size
  }

  append(others: PackedEvents): void {
    this.#makeRoom(others.#filled)
    others.messages.copy(this.#bytes, this.#filled)
    this.#filled += others.#filled
    for (const timeMs of others.#timesMs) this.#timesMs.push(timeMs)
    for (const size of others.#sizes) this.#sizes.push(size)
  }

  /** Events from `first` to before `end`; their messages are views of the same bytes. */
  slice(first: number, end: number): PackedEvents {
    const start = sum(this.#sizes, 0, first)
    const sizes = this.#sizes.slice(first, end)
    const filled = sum(sizes, 0, sizes.length)
    return new PackedEvents(this.#timesMs.slice(first, end), sizes, this.#bytes.subarray(start, start + filled), filled)
  }

  *[Symbol.iterator](): Generator<LogEvent> {
    let start = 0
    for (const [index, size] of this.#sizes.entries()) {
      const message = this.#bytes.toString('utf8', start, start + size)
      start += size
      yield { timestampMs: this.timeMs(index), message }
    }
  }

  #makeRoom(bytes: number): void {
    const needed = this.#filled + bytes
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length))
    this.messages.copy(larger)
    this.#bytes = larger
  }
}

function sum(sizes: readonly number[], first: number, end: number): number {
  let total = 0
  for (let index = first; index < end; index++) total += sizes[index] ?? 0
  return total
}
