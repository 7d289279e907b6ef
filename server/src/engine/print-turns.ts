// Who is read next of the cells that print much: one a turn of the event loop, so that everybody else waits for one piece of
// output at most, however many cells print. Those who flood are read in lulls, and no faster than at a rate, all together.
import type { CancelTimer, Clock } from '#base/clock.ts'
import type { Lull } from './lull.ts'

export interface FloodPace {
  /** Of all that take turns. */
  readonly bytesPerMs: number
  readonly lull: Lull
}

export class PrintTurns {
  readonly #clock: Clock
  readonly #pace: FloodPace | undefined
  readonly #waiting = new Set<() => void>()
  /** When all that was read is paid for. */
  #paidMs = Number.NEGATIVE_INFINITY
  #coming = false

  /** As fast as the turns come unless a pace is given. */
  constructor(clock: Clock, pace?: FloodPace) {
    this.#clock = clock
    this.#pace = pace
  }

  /** Calls `readOn` once, when it is its turn and the bytes that were read before are paid for. */
  wait(bytes: number, readOn: () => void): CancelTimer {
    const entry = (): void => readOn()
    if (this.#pace) this.#paidMs = Math.max(this.#paidMs, this.#clock.monotonicMs()) + bytes / this.#pace.bytesPerMs
    this.#waiting.add(entry)
    this.#come()
    return () => this.#waiting.delete(entry)
  }

  #come(): void {
    if (this.#coming || this.#waiting.size === 0) return
    this.#coming = true
    const turn = (): void => this.#turn()
    if (!this.#pace) return void setImmediate(turn)
    const { lull } = this.#pace
    const waitMs = this.#paidMs - this.#clock.monotonicMs()
    if (waitMs > 0) this.#clock.after(waitMs, () => void lull.wait(turn))
    else lull.wait(turn)
  }

  #turn(): void {
    this.#coming = false
    // What was read since the turn before was not paid for then.
    if (this.#paidMs > this.#clock.monotonicMs()) return this.#come()
    const [first] = this.#waiting
    if (!first) return
    this.#waiting.delete(first)
    this.#come()
    first()
  }
}
