// An answer that comes in parts while the function makes it: handed on to whoever takes parts, else collected within the
// bound of any answer. What comes in too fast is left in the cell's socket.
import type { Writable } from 'node:stream'
import type { StreamSink } from './engine.ts'
import { PAYLOAD_BYTES_MAX, STREAM_BYTES_MAX } from './limits.ts'

/** Stops and starts what the cell sends. */
export interface Tap {
  pause(): void
  resume(): void
}

export class StreamedAnswer {
  readonly #to: Writable | undefined
  readonly #tap: Tap
  readonly #parts: Buffer[] = []
  #bytes = 0
  #paused = false

  constructor(sink: StreamSink | undefined, contentType: string | undefined, tap: Tap) {
    this.#to = sink?.to
    this.#tap = tap
    sink?.begin(contentType)
  }

  /** Bytes of all parts, kept or not. */
  get bytes(): number {
    return this.#bytes
  }

  /** The bound that the answer has passed; undefined while it has not. */
  get limitPassed(): number | undefined {
    const limit = this.#to === undefined ? PAYLOAD_BYTES_MAX : STREAM_BYTES_MAX
    return this.#bytes > limit ? limit : undefined
  }

  /** Takes a part; the bytes are copied. */
  add(part: Buffer): void {
    this.#bytes += part.length
    if (part.length === 0 || this.limitPassed !== undefined) return
    if (this.#to === undefined) this.#parts.push(Buffer.from(part))
    else if (!this.#to.destroyed && !this.#to.write(Buffer.from(part))) this.#wait(this.#to)
  }

  /** What was collected; empty when somebody took the parts. */
  collected(): Buffer {
    return Buffer.concat(this.#parts)
  }

  /** A slow taker holds up the function, one that is gone does not. */
  #wait(to: Writable): void {
    if (this.#paused) return
    this.#paused = true
    this.#tap.pause()
    const go = (): void => {
      to.off('drain', go)
      to.off('close', go)
      this.#paused = false
      this.#tap.resume()
    }
    to.on('drain', go)
    to.on('close', go)
  }
}
