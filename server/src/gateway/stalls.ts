// Finds clients that stopped moving. Whoever waits for a client's bytes (a body coming in, an answer going out) is watched;
// one sweep a second looks at all of them, so that the usual request, which never waits, pays nothing for a timer.
import type { Clock } from '#base/clock.ts'
import { SWEEP_INTERVAL_MS } from './limits.ts'

export interface Watched {
  /** Bytes that have moved so far; undefined while we are the ones who make the client wait. */
  progress(): number | undefined
  readonly windowMs: number
  /** Least growth per window. */
  readonly bytesMin: number
  /** The client stood still for a whole window. Called once. */
  stalled(): void
}

interface Entry {
  readonly watched: Watched
  sinceMs: number
  bytes: number | undefined
}

export class StallWatch {
  readonly #clock: Clock
  readonly #entries = new Set<Entry>()
  #sweeping = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Watches until the returned function is called. */
  watch(watched: Watched): () => void {
    const entry: Entry = { watched, sinceMs: this.#clock.monotonicMs(), bytes: watched.progress() }
    this.#entries.add(entry)
    if (!this.#sweeping) this.#schedule()
    return () => this.#entries.delete(entry)
  }

  #schedule(): void {
    this.#sweeping = true
    this.#clock.after(SWEEP_INTERVAL_MS, () => {
      this.#sweep(this.#clock.monotonicMs())
      if (this.#entries.size > 0) this.#schedule()
      else this.#sweeping = false
    })
  }

  #sweep(nowMs: number): void {
    for (const entry of this.#entries) {
      const bytes = entry.watched.progress()
      const grown = bytes === undefined || entry.bytes === undefined || bytes - entry.bytes >= entry.watched.bytesMin
      if (grown) {
        entry.bytes = bytes
        entry.sinceMs = nowMs
      } else if (nowMs - entry.sinceMs >= entry.watched.windowMs) {
        this.#entries.delete(entry)
        entry.watched.stalled()
      }
    }
  }
}
