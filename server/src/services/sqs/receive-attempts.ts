// ReceiveRequestAttemptId of FIFO queues: who lost the answer to a receive asks again with the same id within five minutes
// and gets the same messages with the same handles. Kept in memory only: after a restart the messages come back when their
// timeouts end, as if the answer had been lost for good.
import type { Reception } from './message-index.ts'
import { ATTEMPT_WINDOW_MS, ATTEMPTS_MAX } from './limits.ts'

interface Attempt {
  readonly receptions: readonly Reception[]
  readonly madeMs: number
}

export class ReceiveAttempts {
  // Oldest first.
  readonly #attempts = new Map<string, Attempt>()
  /** By the sequence of each message: the attempt that received it last. */
  readonly #attemptOf = new Map<number, string>()

  add(id: string, receptions: readonly Reception[], nowMs: number): void {
    this.#drop(id)
    this.#attempts.set(id, { receptions, madeMs: nowMs })
    for (const { sequence } of receptions) this.#attemptOf.set(sequence, id)
    for (const [oldest, { madeMs }] of this.#attempts) {
      if (this.#attempts.size <= ATTEMPTS_MAX && madeMs + ATTEMPT_WINDOW_MS > nowMs) return
      this.#drop(oldest)
    }
  }

  /** What the attempt received, when it was made within the window and `isUntouched` says so of every message. */
  find(id: string, nowMs: number, isUntouched: (reception: Reception) => boolean): readonly Reception[] | undefined {
    const attempt = this.#attempts.get(id)
    if (attempt === undefined) return undefined
    if (attempt.madeMs + ATTEMPT_WINDOW_MS > nowMs && attempt.receptions.every(isUntouched)) return attempt.receptions
    this.#drop(id)
    return undefined
  }

  /** The message was touched: the attempt that received it cannot be repeated. */
  forget(sequence: number): void {
    const id = this.#attemptOf.get(sequence)
    if (id !== undefined) this.#drop(id)
  }

  #drop(id: string): void {
    for (const { sequence } of this.#attempts.get(id)?.receptions ?? [])
      if (this.#attemptOf.get(sequence) === id) this.#attemptOf.delete(sequence)
    this.#attempts.delete(id)
  }
}
