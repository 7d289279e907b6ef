// AWS lets a FIFO queue take 300 calls of an action per second. Mayfly does so when it is told to: calls are counted in
// seconds of the clock.

export class ThroughputLimit {
  readonly #perSecondMax: number | undefined
  readonly #counts = new Map<string, number>()
  #second = 0

  /** `perSecondMax` undefined: no limit. */
  constructor(perSecondMax: number | undefined) {
    this.#perSecondMax = perSecondMax
  }

  /** Counts a call; false when it is one too many. */
  allows(action: string, nowMs: number): boolean {
    if (this.#perSecondMax === undefined) return true
    const second = Math.floor(nowMs / 1000)
    if (second !== this.#second) {
      this.#counts.clear()
      this.#second = second
    }
    const count = (this.#counts.get(action) ?? 0) + 1
    this.#counts.set(action, count)
    return count <= this.#perSecondMax
  }
}
