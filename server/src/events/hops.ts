// How far along a chain of events each running instance is. An instance runs one invocation at a time; what it causes
// while it runs carries one hop more than the event that started it, so a loop over any services ends at HOPS_MAX.
import type { Principal } from '#base/principal.ts'

export class Hops {
  readonly #byInstance = new Map<string, number>()

  /** The instance begins an invocation that was caused by an event with this many hops. */
  enter(instance: string, hops: number): void {
    if (hops > 0) this.#byInstance.set(instance, hops)
    else this.#byInstance.delete(instance)
  }

  leave(instance: string): void {
    this.#byInstance.delete(instance)
  }

  /** The hops of an event that this caller causes. */
  next(principal: Principal): number {
    if (principal.kind !== 'session' || principal.instance === undefined) return 0
    return (this.#byInstance.get(principal.instance) ?? 0) + 1
  }
}
