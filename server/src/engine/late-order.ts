// The order that makes a ready cell an instance is sent a moment after the cell's own: the launcher needs a core to carry
// it out, and on a small machine that is the one on which the cell begins. Until then the limits of the cell's class hold,
// and it is in front of cells that run without end. So only one may be late at a time: with many new instances at once what
// they take counts from their beginning.
import type { CancelTimer, Clock } from '#base/clock.ts'
import type { Command } from './launcher/commands.ts'
import { LATE_ORDER_MS } from './limits.ts'

export class LateOrder {
  readonly #clock: Clock
  readonly #send: (command: Command) => void
  #waiting: { readonly command: Command; readonly cancel: CancelTimer } | undefined
  #latestMs = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, send: (command: Command) => void) {
    this.#clock = clock
    this.#send = send
  }

  /** Sends the command soon; at once when there was another one lately. */
  put(command: Command): void {
    const nowMs = this.#clock.monotonicMs()
    const isAlone = this.#waiting === undefined && nowMs - this.#latestMs >= LATE_ORDER_MS
    this.#latestMs = nowMs
    if (isAlone) this.#waiting = { command, cancel: this.#clock.after(LATE_ORDER_MS, () => this.#flush()) }
    else this.#send(command)
  }

  /** Before anything else is sent for the cell: orders for one cell stay in their order. */
  before(cell: string): void {
    if (this.#waiting?.command.cell === cell) this.#flush()
  }

  /** Who should have got it is gone. */
  drop(): void {
    this.#waiting?.cancel()
    this.#waiting = undefined
  }

  #flush(): void {
    const command = this.#waiting?.command
    this.drop()
    if (command) this.#send(command)
  }
}
