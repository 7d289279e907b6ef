// Ends what takes too long. One timer serves all invocations of an instance: nearly all of them end long before it would
// fire, so it is left as it is, and looks at what runs when it does fire.
import type { CancelTimer, Clock } from '#base/clock.ts'

/** Something that must be over by a time; Infinity when it need not be any more. */
export interface Due {
  /** Monotonic ms. */
  readonly dueMs: number
}

/** A timer may fire so much before its time: it counts in whole milliseconds. */
const EARLY_MS_MAX = 1

export class Deadlines<T extends Due> {
  readonly #clock: Clock
  readonly #running: () => Iterable<T>
  readonly #passed: (late: T) => void
  #armedMs = Number.POSITIVE_INFINITY
  #cancelTimer: CancelTimer = () => {}

  /** Calls `passed` for each of `running` whose time is over. */
  constructor(clock: Clock, running: () => Iterable<T>, passed: (late: T) => void) {
    this.#clock = clock
    this.#running = running
    this.#passed = passed
  }

  /** Something runs that is due then. */
  watch(dueMs: number): void {
    if (dueMs >= this.#armedMs) return
    this.#cancelTimer()
    this.#armedMs = dueMs
    this.#cancelTimer = this.#clock.after(dueMs - this.#clock.monotonicMs(), () => this.#look())
  }

  end(): void {
    this.#cancelTimer()
    this.#armedMs = Number.POSITIVE_INFINITY
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs() + EARLY_MS_MAX
    this.#armedMs = Number.POSITIVE_INFINITY
    const late: T[] = []
    let nextMs = Number.POSITIVE_INFINITY
    for (const one of this.#running()) {
      if (one.dueMs <= nowMs) late.push(one)
      else nextMs = Math.min(nextMs, one.dueMs)
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.watch(nextMs)
    for (const one of late) this.#passed(one)
  }
}
