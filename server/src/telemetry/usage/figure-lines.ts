// Lines of figures on their way to a file: their digits go right into the bytes that are written. As text each line would be
// made of some thirty strings, which is more than the invocation that it tells of takes elsewhere.
import { FIGURE_BYTES_MAX, LINES_BYTES } from './limits.ts'
import type { Usage } from './usage-record.ts'

const DIGIT_0 = 0x30
const COMMA = 0x2c
const NEWLINE = 0x0a
/** Up to here the whole part of a tenth is exact. */
const WHOLE_MAX = 1e15
/** The number of a row and the figures of a usage, each with what follows it. */
const LINE_BYTES_MAX = 14 * (FIGURE_BYTES_MAX + 1)

export class FigureLines {
  readonly #bytes = Buffer.allocUnsafeSlow(LINES_BYTES)
  #filled = 0

  get empty(): boolean {
    return this.#filled === 0
  }

  /** Whether another line fits. */
  get hasRoom(): boolean {
    return this.#filled + LINE_BYTES_MAX <= LINES_BYTES
  }

  /** The number of a row, and the figures in the order of FIGURES. Written out: this is done for each invocation. */
  add(row: number, usage: Usage): void {
    this.#figure(row, COMMA)
    this.#figure(usage.invocations, COMMA)
    this.#figure(usage.errors, COMMA)
    this.#figure(usage.throttled, COMMA)
    this.#figure(usage.billedMs, COMMA)
    this.#figure(usage.billedMbMs, COMMA)
    this.#figure(usage.initUs, COMMA)
    this.#figure(usage.cpuUs, COMMA)
    this.#figure(usage.waitedUs, COMMA)
    this.#figure(usage.peakMemoryMb, COMMA)
    this.#figure(usage.bytesIn, COMMA)
    this.#figure(usage.bytesOut, COMMA)
    this.#figure(usage.sentBytes, COMMA)
    this.#figure(usage.receivedBytes, NEWLINE)
  }

  /** All lines; good until the next one is added. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#filled)
    this.#filled = 0
    return taken
  }

  #figure(figure: number, end: number): void {
    const bytes = this.#bytes
    const start = this.#filled
    if (figure >= 0 && figure <= WHOLE_MAX && Math.floor(figure) === figure) {
      let last = start
      for (let power = 10; power <= figure; power *= 10) last++
      let rest = figure
      for (let at = last; at > start; at--) {
        const tenth = Math.floor(rest / 10)
        bytes[at] = DIGIT_0 + rest - tenth * 10
        rest = tenth
      }
      bytes[start] = DIGIT_0 + rest
      this.#filled = last + 1
    } else this.#filled += bytes.write(String(figure), start, FIGURE_BYTES_MAX, 'latin1')
    bytes[this.#filled++] = end
  }
}
