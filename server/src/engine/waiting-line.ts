// Who waits for a cell to become an instance, by kind of cell. One cell each, in turns: a version with a long queue does not
// keep the others from theirs.
import type { CellKind } from './cell.ts'
import type { Fleet } from './fleet.ts'
import { kindKey } from './pool.ts'
import type { Pool } from './pool.ts'

export class WaitingLine {
  readonly #pool: Pool
  /** Who got nothing for the longest time is first. */
  readonly #lines = new Map<string, Set<Fleet>>()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Those who wait for this kind, in their order; a copy. */
  of(kind: CellKind): Fleet[] {
    return Array.from(this.#lines.get(kindKey(kind)) ?? [])
  }

  /** Everybody who waits; a copy. */
  all(): Fleet[] {
    return Array.from(this.#lines.values()).flatMap((line) => Array.from(line))
  }

  /** It got a cell: the others come first now. */
  served(fleet: Fleet): void {
    const line = this.#lines.get(kindKey(fleet.kind))
    if (line?.delete(fleet) === true) line.add(fleet)
  }

  /** Notes how many cells a version waits for, and tells the pool how many are waited for in all. */
  note(fleet: Fleet, wanted: number, roomLeft: number): void {
    // The warm path ends here.
    if (wanted === 0 && fleet.wanted === 0) return
    const key = kindKey(fleet.kind)
    let line = this.#lines.get(key)
    if (!line) this.#lines.set(key, (line = new Set()))
    fleet.wanted = wanted
    if (wanted > 0) line.add(fleet)
    else line.delete(fleet)
    if (line.size === 0) this.#lines.delete(key)
    let demand = 0
    for (const waiting of line) demand += Math.min(waiting.wanted, roomIn(waiting))
    this.#pool.setDemand(fleet.kind, Math.min(demand, roomLeft))
  }
}

/** An upper bound: other versions may share the quota. */
function roomIn({ version, instances }: Fleet): number {
  return Math.max(0, version.quota().instancesMax - instances.size)
}
