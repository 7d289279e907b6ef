// How far along a chain of events each running instance is. What it causes while it runs carries one hop more than the event
// that started it, so a loop over any services ends at HOPS_MAX. Where an instance runs several invocations at once nobody
// can tell which of them caused what: the longest chain among them counts.
import type { Principal } from '#base/principal.ts'

export class Hops {
  readonly #byInstance = new Map<string, number>()
  /** Of each invocation that runs, where several do. */
  readonly #besides = new Map<string, number[]>()

  /** The instance begins an invocation that was caused by an event with this many hops. */
  enter(instance: string, hops: number): void {
    if (hops > 0) this.#byInstance.set(instance, hops)
    else this.#byInstance.delete(instance)
  }

  /** The same for an instance that runs several at once; `exitBeside` follows. */
  enterBeside(instance: string, hops: number): void {
    const running = this.#besides.get(instance) ?? []
    running.push(hops)
    this.#besides.set(instance, running)
    this.enter(instance, Math.max(...running))
  }

  exitBeside(instance: string, hops: number): void {
    const running = this.#besides.get(instance) ?? []
    const index = running.indexOf(hops)
    if (index >= 0) running.splice(index, 1)
    this.enter(instance, Math.max(0, ...running))
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
