// How much a cell may print. Reading its lines takes the server's time, which all functions share. A bucket: so much at once,
// and then at a rate. Who prints more floods: all who do share one pace, and wait for their own lines to be read.
import { PRINT_BURST_BYTES, PRINT_BYTES_PER_MS } from './limits.ts'

export class PrintBudget {
  #leftBytes = PRINT_BURST_BYTES
  #seenMs = Number.NEGATIVE_INFINITY

  /** Takes what was printed. Whether that was more than it may. `nowMs`: monotonic. */
  floods(bytes: number, nowMs: number): boolean {
    if (this.#leftBytes < PRINT_BURST_BYTES) {
      const earned = (nowMs - this.#seenMs) * PRINT_BYTES_PER_MS
      this.#leftBytes = Math.min(PRINT_BURST_BYTES, Math.max(0, this.#leftBytes) + earned)
    }
    this.#seenMs = nowMs
    this.#leftBytes -= bytes
    return this.#leftBytes < 0
  }
}
