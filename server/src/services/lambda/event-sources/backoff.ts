// Waits that double up to a bound, with jitter, and begin again after a success.
import type { Random } from '#base/ids.ts'

export class Backoff {
  readonly #random: Random
  readonly #baseMs: number
  readonly #maxMs: number
  #times = 0

  constructor(random: Random, baseMs: number, maxMs: number) {
    this.#random = random
    this.#baseMs = baseMs
    this.#maxMs = maxMs
  }

  /** Between half and the whole of the next wait. */
  nextMs(): number {
    const fullMs = Math.min(this.#maxMs, this.#baseMs * 2 ** Math.min(this.#times++, 30))
    return fullMs * (0.5 + this.#random() / 2)
  }

  reset(): void {
    this.#times = 0
  }
}
