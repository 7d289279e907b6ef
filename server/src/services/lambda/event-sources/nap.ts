// Waiting that others may end early: by a nudge when something changed, or for good when the work stops.
import type { Clock } from '#base/clock.ts'

export class Nap {
  readonly #clock: Clock
  readonly #stopping: AbortSignal
  #current = new AbortController()

  constructor(clock: Clock, stopping: AbortSignal) {
    this.#clock = clock
    this.#stopping = stopping
    stopping.addEventListener('abort', () => this.nudge(), { once: true })
  }

  /** Take it before looking at what may change: a nudge that comes between the look and the sleep is not missed. */
  get now(): AbortSignal {
    return this.#current.signal
  }

  /** Ends with the first nudge after `since` was taken. */
  async sleep(delayMs: number, since = this.now): Promise<void> {
    if (!this.#stopping.aborted) await this.#clock.sleep(delayMs, since)
  }

  nudge(): void {
    this.#current.abort()
    this.#current = new AbortController()
  }
}
