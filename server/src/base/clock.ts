// The only door to time. Everything that reads the time or waits gets a Clock, so that tests can drive it by hand.

/** Cancels a timer; calling it twice, or after the timer fired, does nothing. */
export type CancelTimer = () => void

export interface Clock {
  /** Wall time, milliseconds since 1970. May jump; never use it to measure a duration. */
  nowMs(): number
  /** Monotonic time in milliseconds with a fraction. Only differences mean something. */
  monotonicMs(): number
  /** Runs `fire` once after `delayMs`. The timer does not keep the process alive. */
  after(delayMs: number, fire: () => void): CancelTimer
  /** Resolves after `delayMs`, or at once when `signal` is aborted. It never rejects: look at the signal. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs() {
    // Not performance.now(): what Node.js loads for it takes 1 ms and 0.7 MB of every launcher.
    const [seconds, nanoseconds] = process.hrtime()
    return seconds * 1_000 + nanoseconds / 1_000_000
  },
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
  sleep(delayMs, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const finish = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = setTimeout(finish, delayMs)
      signal?.addEventListener('abort', finish, { once: true })
    })
  },
}

/** A clock that stands still until a test advances it. Timers fire in order of their due time. */
export class ManualClock implements Clock {
  #nowMs: number
  #nextId = 0
  readonly #timers = new Map<number, { dueMs: number; fire: () => void }>()

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, fire: () => void): CancelTimer {
    const id = this.#nextId++
    this.#timers.set(id, { dueMs: this.#nowMs + delayMs, fire })
    return () => this.#timers.delete(id)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const cancel = this.after(delayMs, resolve)
      signal?.addEventListener('abort', () => (cancel(), resolve()), { once: true })
    })
  }

  /** Moves time forward and lets promise callbacks run between timers. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#nowMs + byMs
    for (;;) {
      let next: [number, { dueMs: number; fire: () => void }] | undefined
      for (const timer of this.#timers)
        if (timer[1].dueMs <= endMs && (!next || timer[1].dueMs < next[1].dueMs)) next = timer
      if (!next) break
      this.#timers.delete(next[0])
      this.#nowMs = Math.max(this.#nowMs, next[1].dueMs)
      next[1].fire()
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#nowMs = endMs
    await new Promise((resolve) => setImmediate(resolve))
  }
}
