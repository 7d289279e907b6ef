// How far along a chain of events each running instance is. What it causes while it runs carries one hop more than the event
// that started it, so a loop over any services ends at HOPS_MAX. Where an instance runs several invocations at once nobody
// can tell which of them caused what: the longest chain among them counts.
import type { Principal } from '#base/principal.ts'

export class Hops {
  readonly #byInstance = new Map<string, number>()
  /** Where several run: how many of them there are of each number of hops. */
  readonly #besides = new Map<string, number[]>()

  /** The instance begins an invocation that was caused by an event with this many hops. */
  enter(instance: string, hops: number): void {
    if (hops > 0) this.#byInstance.set(instance, hops)
    else this.#byInstance.delete(instance)
  }

  /** The same for an instance that runs several at once; `exitBeside` follows. */
  enterBeside(instance: string, hops: number): void {
    let counts = this.#besides.get(instance)
    if (counts === undefined) this.#besides.set(instance, (counts = []))
    while (counts.length <= hops) counts.push(0)
    counts[hops] = (counts[hops] ?? 0) + 1
    this.enter(instance, longest(counts))
  }

  exitBeside(instance: string, hops: number): void {
    const counts = this.#besides.get(instance)
    const count = counts?.[hops]
    // It may have left already.
    if (counts === undefined || !count) return
    counts[hops] = count - 1
    this.enter(instance, longest(counts))
  }

  leave(instance: string): void {
    this.#byInstance.delete(instance)
    this.#besides.delete(instance)
  }

  /** The hops of an event that this caller causes. */
  next(principal: Principal): number {
    if (principal.kind !== 'session' || principal.instance === undefined) return 0
    return (this.#byInstance.get(principal.instance) ?? 0) + 1
  }
}

function longest(counts: readonly number[]): number {
  return Math.max(
    0,
    counts.findLastIndex((count) => count > 0),
  )
}
