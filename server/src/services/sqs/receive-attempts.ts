// ReceiveRequestAttemptId of FIFO queues: who lost the answer to a receive asks again with the same id within five minutes
// and gets the same messages with the same handles. Kept in memory only: after a restart the messages come back when their
// timeouts end, as if the answer had been lost for good.
import type { Reception } from './message-index.ts'
import type { Receipt } from './receipt-handle.ts'
import { ATTEMPT_WINDOW_MS, ATTEMPTS_MAX } from './limits.ts'

interface Attempt {
  readonly receptions: readonly Reception[]
  readonly madeMs: number
}

export class ReceiveAttempts {
  // Oldest first.
  readonly #attempts = new Map<string, Attempt>()

  add(id: string, receptions: readonly Reception[], nowMs: number): void {
    this.#attempts.delete(id)
    this.#attempts.set(id, { receptions, madeMs: nowMs })
    for (const [oldest, { madeMs }] of this.#attempts) {
      if (this.#attempts.size <= ATTEMPTS_MAX && madeMs + ATTEMPT_WINDOW_MS > nowMs) return
      this.#attempts.delete(oldest)
    }
  }

  /** What the attempt received, when it was made within the window and `isUntouched` says so of every message. */
  find(id: string, nowMs: number, isUntouched: (reception: Reception) => boolean): readonly Reception[] | undefined {
    const attempt = this.#attempts.get(id)
    if (attempt === undefined) return undefined
    if (attempt.madeMs + ATTEMPT_WINDOW_MS > nowMs && attempt.receptions.every(isUntouched)) return attempt.receptions
    this.#attempts.delete(id)
    return undefined
  }

  /** The message was touched: its attempt cannot be repeated. */
  forget({ sequence, receives }: Receipt): void {
    for (const [id, { receptions }] of this.#attempts)
      if (receptions.some((one) => one.sequence === sequence && one.receives === receives)) this.#attempts.delete(id)
  }
}
