// Log lines of one invocation, or of an instance outside any: up to a bound, then one line that says so.
import type { OutputLine } from './engine.ts'
import { LOG_BYTES_MAX } from './limits.ts'

export class BoundedLog {
  readonly #deliver: (line: OutputLine) => void
  #bytes = 0

  constructor(deliver: (line: OutputLine) => void) {
    this.#deliver = deliver
  }

  /** The bound begins anew. */
  reset(): void {
    this.#bytes = 0
  }

  /** Bytes are UTF-8. */
  write(timestampMs: number, line: string | Buffer): void {
    const before = this.#bytes
    this.#bytes += line.length
    if (before > LOG_BYTES_MAX) return
    const dropped = `More than ${LOG_BYTES_MAX} bytes of log in one invocation: the rest is dropped.`
    this.#deliver({ timestampMs, text: this.#bytes > LOG_BYTES_MAX ? dropped : line })
  }
}
