// Who is read next of the cells that print much: one a turn of the event loop, so that everybody else waits for one piece of
// output at most, however many cells print.
import type { CancelTimer } from '#base/clock.ts'

export class PrintTurns {
  readonly #waiting = new Set<() => void>()
  #coming = false

  /** Calls `readOn` once, when it is its turn. */
  wait(readOn: () => void): CancelTimer {
    const entry = (): void => readOn()
    this.#waiting.add(entry)
    this.#come()
    return () => this.#waiting.delete(entry)
  }

  #come(): void {
    if (this.#coming) return
    this.#coming = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#coming = false
    const [first] = this.#waiting
    if (!first) return
    this.#waiting.delete(first)
    if (this.#waiting.size > 0) this.#come()
    first()
  }
}
