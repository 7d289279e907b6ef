// Moments in which no quick invocation is under way. What can wait for a little, and takes the server long enough for such an
// invocation to feel it, waits for one of them: a call of a tenth of a millisecond would take several times as long behind the
// boot of a cell in stock. To a call of ten milliseconds it makes no difference. On a server that always has quick ones
// under way there is no such moment, so nobody waits for long.
import type { CancelTimer, Clock } from '#base/clock.ts'
import { LULL_WAIT_MS_MAX } from './limits.ts'

interface Waiter {
  readonly fire: () => void
  readonly cancelTimer: CancelTimer
}

export class Lull {
  readonly #clock: Clock
  /** Who came first is first. */
  readonly #waiters = new Set<Waiter>()
  #underWay = 0
  #coming = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether it is one now. */
  get now(): boolean {
    return this.#underWay === 0
  }

  /** A quick invocation was accepted. */
  began(): void {
    this.#underWay++
  }

  /** It is over. */
  finished(): void {
    this.#underWay--
    this.#come()
  }

  /** Calls `fire` once, later: in the next lull, after whoever came before, or when that takes too long. */
  wait(fire: () => void): CancelTimer {
    const cancelTimer = this.#clock.after(LULL_WAIT_MS_MAX, () => this.#fire(waiter))
    const waiter: Waiter = { fire, cancelTimer }
    this.#waiters.add(waiter)
    this.#come()
    return () => this.#forget(waiter)
  }

  /** One a turn of the event loop, so that who comes meanwhile waits for one only; and whoever waited for an answer is first. */
  #come(): void {
    if (this.#coming || !this.now || this.#waiters.size === 0) return
    this.#coming = true
    setImmediate(() => {
      this.#coming = false
      if (!this.now) return
      const [first] = this.#waiters
      if (first) this.#fire(first)
      this.#come()
    })
  }

  #fire(waiter: Waiter): void {
    this.#forget(waiter)
    waiter.fire()
  }

  #forget(waiter: Waiter): void {
    waiter.cancelTimer()
    this.#waiters.delete(waiter)
  }
}
