// One grace time for everything that ends one after the other.
import type { Clock } from '#base/clock.ts'

export class Deadline {
  readonly #clock: Clock
  #dueMs: number

  constructor(clock: Clock, graceMs: number) {
    this.#clock = clock
    this.#dueMs = clock.monotonicMs() + graceMs
  }

  /** Begins anew: from now on `graceMs`. */
  set(graceMs: number): void {
    this.#dueMs = this.#clock.monotonicMs() + graceMs
  }

  /** What is left, in milliseconds; never negative. */
  get leftMs(): number {
    return Math.max(0, this.#dueMs - this.#clock.monotonicMs())
  }
}
