// Cells booted before anyone needs them, per kind (runtime, memory class, size of the temporary folder). Boot rate is
// what limits a burst, and too many boots at once are slower in sum: so refilling goes two at a time, four when somebody
// waits, and begins when no quick invocation is under way. While more runs than the machine has cores, refilling stays
// behind: the burst that took the cells is the one that their replacements would slow down.
import type { Log } from '#base/log.ts'
import { Cell } from './cell.ts'
import type { BootPurpose, CellHost, CellKind } from './cell.ts'
import {
  BOOTS_ON_DEMAND_MAX,
  BOOTS_TO_REFILL_BUSY_MAX,
  BOOTS_TO_REFILL_MAX,
  REFILL_AFTER_MS,
  REFILL_HELD_MS_MAX,
} from './limits.ts'
import type { Lull } from './lull.ts'

/** How many cells of a kind to keep ready. */
export type ReadyTarget = (kind: CellKind) => number

interface Shelf {
  readonly kind: CellKind
  readonly ready: Cell[]
  /** In the order of their boots. */
  readonly booting: Set<Cell>
  /** Invocations that wait for a cell of this kind. */
  demand: number
  /** Boots that failed one after the other; at the bound the demand is given up. */
  failures: number
}

export interface PoolListener {
  /** A cell is on the shelf. */
  available(kind: CellKind): void
  /** Boots of this kind keep failing: nobody should wait for it. */
  hopeless(kind: CellKind, reason: string): void
  /** Whether more invocations are under way than the machine has cores. */
  busy(): boolean
}

const FAILURES_MAX = 3

export class Pool {
  readonly #host: CellHost
  readonly #log: Log
  readonly #target: ReadyTarget
  readonly #listener: PoolListener
  readonly #lull: Lull
  readonly #shelves = new Map<string, Shelf>()
  /** Every cell that has not ended, by id, assigned or not. */
  readonly #cells = new Map<string, Cell>()
  #boots = 0
  #open = false
  #fillOrdered = false
  #refillOrdered = false
  /** Since when cells are missing and the others go first. */
  #heldSinceMs: number | undefined

  constructor(host: CellHost, log: Log, target: ReadyTarget, listener: PoolListener, lull: Lull) {
    this.#host = host
    this.#lull = lull
    this.#log = log
    this.#target = target
    this.#listener = listener
  }

  get readyCount(): number {
    let count = 0
    for (const shelf of this.#shelves.values()) count += shelf.ready.length
    return count
  }

  cell(id: string): Cell | undefined {
    return this.#cells.get(id)
  }

  /** Begins to fill the shelves of `kinds`; others are made when they are first asked for. */
  open(kinds: readonly CellKind[]): void {
    this.#open = true
    for (const kind of kinds) this.#shelf(kind)
    this.#fill()
  }

  /** No more boots, until `open`. */
  pause(): void {
    this.#open = false
  }

  /** A ready cell, and its replacement is ordered; undefined when there is none. */
  take(kind: CellKind): Cell | undefined {
    const shelf = this.#shelf(kind)
    for (;;) {
      const cell = shelf.ready.pop()
      if (!cell) return undefined
      if (cell.ended) continue
      this.#fillSoon()
      return cell
    }
  }

  /** How many invocations wait for a cell of this kind. */
  setDemand(kind: CellKind, demand: number): void {
    const shelf = this.#shelf(kind)
    if (shelf.demand === demand) return
    shelf.demand = demand
    this.#clear(shelf)
    this.#fill()
  }

  /** What is of one image or has one network is nobody else's: cells of it do not wait for somebody to come. */
  #clear(shelf: Shelf): void {
    if ((shelf.kind.image === undefined && shelf.kind.uplink === undefined) || shelf.demand > 0) return
    for (const cell of shelf.ready.splice(0)) cell.kill('not needed')
    const key = kindKey(shelf.kind)
    // A cell of a shelf that was given up may end when there is another one of its kind.
    if (shelf.ready.length + shelf.booting.size === 0 && this.#shelves.get(key) === shelf) this.#shelves.delete(key)
  }

  /** The launcher died, and all cells with it. */
  lost(): void {
    this.pause()
    for (const cell of this.#cells.values()) cell.launcherLost()
  }

  /** Forgets a cell that has ended. */
  forget(cell: Cell): void {
    this.#cells.delete(cell.id)
  }

  /** Boots one cell aside from the shelves. */
  bootProbe(kind: CellKind): Promise<Cell> {
    return new Promise((resolve, reject) => {
      const cell = Cell.boot(this.#host, kind, 'probe', resolve, (reason) => {
        this.#cells.delete(cell.id)
        reject(new Error(reason))
      })
      this.#cells.set(cell.id, cell)
    })
  }

  /** Keeps a cell that was booted aside, if one of its kind is to be ready; ends it otherwise. */
  adopt(cell: Cell): void {
    const shelf = this.#shelf(cell.kind)
    if (this.#target(cell.kind) === 0) return cell.kill('not needed')
    shelf.ready.push(cell)
    cell.assign(this.#shelfUser(shelf, cell))
    cell.shelve()
  }

  #shelf(kind: CellKind): Shelf {
    const key = kindKey(kind)
    let shelf = this.#shelves.get(key)
    if (!shelf) this.#shelves.set(key, (shelf = { kind, ready: [], booting: new Set(), demand: 0, failures: 0 }))
    return shelf
  }

  /** A boot takes a core for 40 ms: the invocation that took the cell goes first. */
  #fillSoon(): void {
    if (this.#fillOrdered) return
    this.#fillOrdered = true
    this.#host.clock.after(REFILL_AFTER_MS, () => {
      this.#fillOrdered = false
      this.#fill()
    })
  }

  #fill(): void {
    if (!this.#open) return
    for (const shelf of this.#shelves.values()) {
      let waiting = shelf.demand
      for (const cell of shelf.booting) if (waiting-- > 0) cell.hurry()
      while (shelf.booting.size < shelf.demand && this.#boots < BOOTS_ON_DEMAND_MAX) this.#boot(shelf, 'demand')
    }
    if (this.#refillOrdered || this.#short().length === 0) return
    this.#refillOrdered = true
    this.#lull.wait(() => {
      this.#refillOrdered = false
      this.#refill()
    })
  }

  #refill(): void {
    if (!this.#open) return
    const short = this.#short()
    const bootsMax = this.#refillsMax(short.length > 0)
    for (const shelf of short) while (this.#boots < bootsMax && this.#isShort(shelf)) this.#boot(shelf, 'stock')
  }

  #short(): readonly Shelf[] {
    return Array.from(this.#shelves.values()).filter((shelf) => this.#isShort(shelf))
  }

  #isShort({ kind, ready, booting, demand, failures }: Shelf): boolean {
    return ready.length + booting.size < this.#target(kind) + demand && failures < FAILURES_MAX
  }

  /** How many cells may boot at once for the shelves now. */
  #refillsMax(areMissing: boolean): number {
    const isBusy = areMissing && this.#listener.busy()
    if (!isBusy) {
      this.#heldSinceMs = undefined
      return BOOTS_TO_REFILL_MAX
    }
    const nowMs = this.#host.clock.monotonicMs()
    this.#heldSinceMs ??= nowMs
    if (nowMs - this.#heldSinceMs >= REFILL_HELD_MS_MAX) return BOOTS_TO_REFILL_BUSY_MAX
    this.#fillSoon()
    return 0
  }

  #boot(shelf: Shelf, purpose: BootPurpose): void {
    this.#boots++
    const done = (): void => {
      shelf.booting.delete(cell)
      this.#boots--
    }
    const cell = Cell.boot(
      this.#host,
      shelf.kind,
      purpose,
      () => {
        done()
        shelf.failures = 0
        shelf.ready.push(cell)
        // Until it is assigned: an end on the shelf only takes it away.
        cell.assign(this.#shelfUser(shelf, cell))
        this.#listener.available(shelf.kind)
        if (shelf.ready.includes(cell)) cell.shelve()
        this.#clear(shelf)
        this.#fill()
      },
      (reason) => {
        done()
        this.#cells.delete(cell.id)
        this.#failed(shelf, reason)
        this.#clear(shelf)
      },
    )
    shelf.booting.add(cell)
    this.#cells.set(cell.id, cell)
  }

  #shelfUser(shelf: Shelf, cell: Cell): Parameters<Cell['assign']>[0] {
    return {
      frame() {
        throw new Error('a frame before the assignment')
      },
      line: (text) => this.#log.warn('ready-cell-says', { text: text.slice(0, 4096) }),
      ended: (end) => {
        this.#cells.delete(cell.id)
        const index = shelf.ready.indexOf(cell)
        if (index >= 0) shelf.ready.splice(index, 1)
        this.#clear(shelf)
        if (this.#open) this.#log.warn('ready-cell-ended', { ...end })
        this.#fill()
      },
    }
  }

  #failed(shelf: Shelf, reason: string): void {
    if (!this.#open) return
    shelf.failures++
    this.#log.warn('boot-failed', { ...shelf.kind, reason })
    if (shelf.failures < FAILURES_MAX) return this.#fill()
    // Later demand tries again, once.
    shelf.failures = FAILURES_MAX - 1
    this.#listener.hopeless(shelf.kind, reason)
  }
}

/** Kinds are compared by this. */
export function kindKey(kind: CellKind): string {
  const { runtime, memoryClass, ephemeralMb, image = '', uplink } = kind
  return `${runtime} ${memoryClass} ${ephemeralMb} ${image} ${uplink === undefined ? '' : JSON.stringify(uplink)}`
}
