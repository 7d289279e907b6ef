// How fast a cell may print. Reading its lines takes the server's time, which all functions share: who prints without end
// waits for his own lines to be read, and nobody else does. A bucket: so much at once, and then at a rate.
import { PRINT_BURST_BYTES, PRINT_BYTES_PER_MS } from './limits.ts'

export class PrintBudget {
  #leftBytes = PRINT_BURST_BYTES
  #seenMs = Number.NEGATIVE_INFINITY

  /** Takes what was printed. For how long nothing more should be read; mostly 0. */
  printed(bytes: number, nowMs: number): number {
    if (this.#leftBytes < PRINT_BURST_BYTES) {
      const earned = (nowMs - this.#seenMs) * PRINT_BYTES_PER_MS
      this.#leftBytes = Math.min(PRINT_BURST_BYTES, this.#leftBytes + earned)
    }
    this.#seenMs = nowMs
    this.#leftBytes -= bytes
    return this.#leftBytes >= 0 ? 0 : -this.#leftBytes / PRINT_BYTES_PER_MS
  }
}
