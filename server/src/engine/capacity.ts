// Who may have one more instance, or run one more invocation in one: the quotas of functions and accounts, and what the
// node itself can hold. Idle instances give way, the longest idle one first; ordered ones never do.
import type { Quota } from './engine.ts'
import type { Fleet } from './fleet.ts'
import type { Instance } from './instance.ts'

export interface CapacityLimits {
  readonly instancesMax: number
  /** Memory that instances may be promised together. */
  readonly memoryMbMax: number
}

export class Capacity {
  readonly #limits: CapacityLimits
  readonly #fleets: ReadonlySet<Fleet>
  #instances = 0
  #memoryMb = 0
  /** Invocations that all instances together could run. */
  #slots = 0

  constructor(limits: CapacityLimits, fleets: ReadonlySet<Fleet>) {
    this.#limits = limits
    this.#fleets = fleets
  }

  get instances(): number {
    return this.#instances
  }

  /** How many more instances the node may have. */
  get instancesLeft(): number {
    return this.#limits.instancesMax - this.#instances
  }

  add(fleet: Fleet, instance: Instance): void {
    fleet.instances.add(instance)
    this.#instances++
    this.#slots += instance.concurrency
    this.#memoryMb += fleet.version.memoryMb
  }

  /** False when it was out already. */
  remove(fleet: Fleet, instance: Instance): boolean {
    if (!fleet.remove(instance)) return false
    this.#instances--
    this.#slots -= instance.concurrency
    this.#memoryMb -= fleet.version.memoryMb
    return true
  }

  /** Its place counts as free at once: a kill takes a millisecond. */
  evict(fleet: Fleet, instance: Instance, reason: string): void {
    this.remove(fleet, instance)
    instance.kill(reason)
  }

  /** Makes room for one more instance, if that is possible. */
  makeRoom(fleet: Fleet): boolean {
    const quota = fleet.version.quota()
    while (this.#used(quota) >= quota.instancesMax) if (!this.evictLongestIdle(fleet, quota)) return false
    while (!this.#fits(fleet)) if (!this.evictLongestIdle(fleet, undefined)) return false
    return true
  }

  /** Whether there is room for one more instance without anybody giving way. */
  hasRoom(fleet: Fleet): boolean {
    const quota = fleet.version.quota()
    return this.#used(quota) < quota.instancesMax && this.#fits(fleet)
  }

  /** Whether the quota allows one more invocation in an instance that runs some already; idle ones of others give way. */
  makeSlot(fleet: Fleet): boolean {
    const quota = fleet.version.quota()
    while (this.#used(quota) >= quota.instancesMax) if (!this.evictLongestIdle(undefined, quota)) return false
    return true
  }

  /** Why invocations of a version wait. */
  waitReason({ version }: Fleet): 'concurrency' | 'capacity' {
    const quota = version.quota()
    return this.#used(quota) >= quota.instancesMax ? 'concurrency' : 'capacity'
  }

  /** Quotas that were lowered: what is idle above them goes; what is busy goes when it is idle. */
  shrink(): void {
    for (const fleet of this.#fleets) {
      const quota = fleet.version.quota()
      while (fleet.idle.length > 0 && this.#used(quota) > quota.instancesMax) this.evictLongestIdle(undefined, quota)
    }
  }

  /** `quota`: only instances of the versions that share it. */
  evictLongestIdle(except: Fleet | undefined, quota: Quota | undefined): boolean {
    let found: { fleet: Fleet; instance: Instance; sinceMs: number } | undefined
    for (const fleet of this.#fleets) {
      const [instance] = fleet.idle
      if (fleet === except || !instance) continue
      if (quota !== undefined && fleet.version.quota().id !== quota.id) continue
      const sinceMs = instance.idleSinceMs ?? Number.POSITIVE_INFINITY
      if (!found || sinceMs < found.sinceMs) found = { fleet, instance, sinceMs }
    }
    if (!found) return false
    this.evict(found.fleet, found.instance, 'room for others')
    return true
  }

  /** Whether a version keeps another one, which waits, from its fair share of what both need. `long`: it has waited for a turn. */
  mustYield(fleet: Fleet, waiting: Fleet, long: boolean): boolean {
    // After the change the one that gave would still have as many; or each of them has what there is in turns.
    const isFair = waiting.use + 1 < fleet.use || (long && waiting.use === 0)
    return isFair && this.competes(fleet, waiting)
  }

  /** Whether one that waits could do with the room of the other. */
  competes(fleet: Fleet, waiting: Fleet): boolean {
    if (waiting === fleet) return false
    return fleet.version.quota().id === waiting.version.quota().id || !this.#fits(waiting)
  }

  #fits({ version }: Fleet): boolean {
    const { instancesMax, memoryMbMax } = this.#limits
    return this.#instances < instancesMax && this.#memoryMb + version.memoryMb <= memoryMbMax
  }

  /** What all versions use that share the quota. */
  #used({ id, instancesMax }: Quota): number {
    // Mostly there is less in all.
    if (this.#slots < instancesMax) return this.#slots
    let used = 0
    for (const fleet of this.#fleets) if (fleet.version.quota().id === id) used += fleet.use
    return used
  }
}
