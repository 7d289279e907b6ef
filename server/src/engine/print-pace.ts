// How fast one cell is read: who prints much, in turns with the others; who floods, slowly and in small pieces, standing back.
import type { CancelTimer, Clock } from '#base/clock.ts'
import type { CellConnection } from './cell-connection.ts'
import { FLOOD_BYTES_PER_MS, FLOOD_TURN_BYTES, PRINT_DEMOTES_EVERY_MS, PRINT_TURN_BYTES } from './limits.ts'
import type { Lull } from './lull.ts'
import { PrintBudget } from './print-budget.ts'
import { PrintTurns } from './print-turns.ts'

/** Of all cells. */
export interface Prints {
  readonly much: PrintTurns
  readonly floods: PrintTurns
}

export function createPrints(clock: Clock, lull: Lull): Prints {
  return { much: new PrintTurns(clock), floods: new PrintTurns(clock, { bytesPerMs: FLOOD_BYTES_PER_MS, lull }) }
}

export interface Paced {
  /** Leaves what the process sends where it is. */
  pause(): void
  /** Once for each `pause`. */
  resume(): void
  /** It takes little CPU while it waits to be read; but it is woken for each piece, and gets in everybody's way. */
  demote(): void
}

export class PrintPace {
  readonly #clock: Clock
  readonly #prints: Prints
  readonly #paced: Paced
  readonly #connections: CellConnection[] = []
  readonly #budget = new PrintBudget()
  #flooding = false
  /** Since it last was not read. */
  #turnBytes = 0
  #demotedMs = Number.NEGATIVE_INFINITY
  /** Set while it is not read. */
  #cancelWait: CancelTimer | undefined

  constructor(clock: Clock, prints: Prints, paced: Paced) {
    this.#clock = clock
    this.#prints = prints
    this.#paced = paced
  }

  /** What it prints comes on this connection, too. */
  add(connection: CellConnection): void {
    this.#connections.push(connection)
  }

  /** So many bytes of output have come. */
  printed(bytes: number): void {
    const nowMs = this.#clock.monotonicMs()
    const flooding = this.#budget.floods(bytes, nowMs)
    if (flooding !== this.#flooding) this.#readAtMost(flooding ? FLOOD_TURN_BYTES : PRINT_TURN_BYTES)
    this.#flooding = flooding
    if (flooding) this.#demote(nowMs)
    this.#turnBytes += bytes
    if (this.#cancelWait || this.#turnBytes < (flooding ? FLOOD_TURN_BYTES : PRINT_TURN_BYTES)) return
    const turns = flooding ? this.#prints.floods : this.#prints.much
    this.#paced.pause()
    this.#cancelWait = turns.wait(this.#turnBytes, () => this.readOn())
    this.#turnBytes = 0
  }

  /** It is read at once, whatever it printed. */
  readOn(): void {
    if (!this.#cancelWait) return
    this.stop()
    this.#paced.resume()
  }

  /** Nobody reads it any more. */
  stop(): void {
    this.#cancelWait?.()
    this.#cancelWait = undefined
  }

  #readAtMost(bytes: number): void {
    for (const connection of this.#connections) connection.readAtMost(bytes)
  }

  #demote(nowMs: number): void {
    if (nowMs - this.#demotedMs < PRINT_DEMOTES_EVERY_MS) return
    this.#demotedMs = nowMs
    this.#paced.demote()
  }
}
