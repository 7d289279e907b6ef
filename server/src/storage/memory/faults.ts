// Faults of the memory store, all drawn from one seed, so that a run repeats exactly under a clock that repeats.
import { seededRandom, type Random } from '#base/ids.ts'

export interface FaultOptions {
  readonly seed: number
  /** Reads and commits wait up to this long (twice for commits: before and after they reach the disk). */
  readonly delayMsMax?: number
  /** The share (0..1) of commits with checks that are refused although every check holds. */
  readonly conflictRate?: number
  /** The share of commits that reject with StoreFullError. */
  readonly fullRate?: number
  /** The share of commits whose fsync fails: the store stops for good, and the commit may or may not have happened. */
  readonly ioErrorRate?: number
  /** The store crashes at this step; a commit has two (before and after it reaches the disk), a read one. */
  readonly crashAtStep?: number
}

export class Faults {
  readonly #options: FaultOptions
  readonly random: Random
  #steps = 0

  constructor(options: FaultOptions) {
    this.#options = options
    this.random = seededRandom(options.seed)
  }

  /** How long the next step waits, in milliseconds. */
  delayMs(): number {
    const { delayMsMax = 0 } = this.#options
    return delayMsMax === 0 ? 0 : this.random() * delayMsMax
  }

  /** Counts a step; true when the store must crash now. */
  crashesNow(): boolean {
    return ++this.#steps === this.#options.crashAtStep
  }

  conflictsNow(): boolean {
    return this.#happens(this.#options.conflictRate)
  }

  isFullNow(): boolean {
    return this.#happens(this.#options.fullRate)
  }

  failsNow(): boolean {
    return this.#happens(this.#options.ioErrorRate)
  }

  #happens(rate = 0): boolean {
    return rate > 0 && this.random() < rate
  }
}
