// Which idle instances stay: in the windows that keep-alive gives, and beyond them one that stands by, frozen, where init is
// slow. What is idle for a moment is frozen; what is loaded ahead of an expected call is ordered here.
import type { CancelTimer, Clock } from '#base/clock.ts'
import type { Capacity } from './capacity.ts'
import type { Fleet } from './fleet.ts'
import type { Instance } from './instance.ts'
import { KeepAlive, isKept } from './keep-alive.ts'
import type { KeepAliveMode } from './keep-alive.ts'
import { STANDBY_MEMORY_SHARE_MAX } from './limits.ts'

export interface RetentionLimits {
  /** Memory that instances may be promised together. */
  readonly memoryMbMax: number
  readonly idleMax: number
  readonly keepAlive: KeepAliveMode
  readonly keepAliveMs: number
  readonly freezeAfterMs: number
  /** The last instance of a version stays when its init took at least so long. */
  readonly standbyFromInitMs: number
}

/** An idle instance that stays only because it stands by. */
interface Standby {
  readonly fleet: Fleet
  readonly instance: Instance
}

export class Retention {
  readonly #clock: Clock
  readonly #capacity: Capacity
  readonly #limits: RetentionLimits
  readonly #keepAlive: KeepAlive
  /** Loads what was ordered here. */
  readonly #load: (fleet: Fleet) => void
  readonly #expected = new Map<Fleet, CancelTimer>()
  #standbyMb = 0

  constructor(clock: Clock, capacity: Capacity, limits: RetentionLimits, load: (fleet: Fleet) => void) {
    this.#clock = clock
    this.#capacity = capacity
    this.#limits = limits
    this.#keepAlive = new KeepAlive(limits.keepAlive, limits.keepAliveMs)
    this.#load = load
  }

  /** A function was called that had been quiet for so long. */
  called(fleet: Fleet, quietMs: number): void {
    this.#keepAlive.called(fleet.lineage, quietMs)
    fleet.ahead.expected = false
    if (this.#expected.size > 0) this.forget(fleet)
  }

  /** Whether an instance is to be loaded ahead of a call that is expected. */
  expects(fleet: Fleet): boolean {
    return this.#expected.has(fleet)
  }

  /** Nothing is to be loaded ahead any more. */
  forget(fleet: Fleet): void {
    this.#expected.get(fleet)?.()
    this.#expected.delete(fleet)
  }

  /** Whether there is memory for an instance of the version that stands by, without anybody giving way. */
  mayStandBy(fleet: Fleet): boolean {
    return this.#standbyMb + fleet.version.memoryMb <= this.#standbyMbMax && this.#capacity.hasRoom(fleet)
  }

  /** Freezes, and lets go of what is idle too long. */
  sweep(fleets: Iterable<Fleet>): void {
    const nowMs = this.#clock.monotonicMs()
    const standbys: Standby[] = []
    let idle = 0
    for (const fleet of fleets) {
      if (fleet.idleCount === 0) continue
      for (const instance of fleet.idleProvisioned) this.#freeze(instance, nowMs)
      this.#sweepIdle(fleet, nowMs, standbys)
      idle += fleet.idle.length
    }
    this.#standbyMb = standbys.reduce((sum, { fleet }) => sum + fleet.version.memoryMb, 0)
    if (this.#standbyMb > this.#standbyMbMax) this.#endStandbys(standbys)
    for (; idle > this.#limits.idleMax; idle--) this.#capacity.evictLongestIdle(undefined, undefined)
  }

  get #standbyMbMax(): number {
    return this.#limits.memoryMbMax * STANDBY_MEMORY_SHARE_MAX
  }

  #sweepIdle(fleet: Fleet, nowMs: number, standbys: Standby[]): void {
    const { quietSinceMs } = fleet
    for (const instance of fleet.idle.slice()) {
      const idleSinceMs = instance.idleSinceMs ?? nowMs
      // One that was loaded ahead is as old as the quiet that it was loaded in.
      const sinceMs = quietSinceMs === undefined ? idleSinceMs : Math.min(quietSinceMs, idleSinceMs)
      // What it takes to know more is not worth it for what is busy.
      const isYoung = nowMs - sinceMs < this.#keepAlive.shortestMs || nowMs - idleSinceMs < this.#limits.freezeAfterMs
      const windows = isYoung ? undefined : this.#keepAlive.windows(fleet.lineage)
      if (windows === undefined || isKept(windows, nowMs - sinceMs)) {
        this.#freeze(instance, nowMs)
      } else if (fleet.idle.length === 1 && this.#standsBy(fleet, instance)) {
        this.#freeze(instance, nowMs)
        standbys.push({ fleet, instance })
      } else {
        this.#capacity.evict(fleet, instance, 'idle')
        if (quietSinceMs !== undefined && windows.again && fleet.instances.size === 0)
          this.#expect(fleet, quietSinceMs + windows.again.fromMs - nowMs)
      }
    }
  }

  #standsBy(fleet: Fleet, { initMs }: Instance): boolean {
    if (fleet.retired || initMs === undefined) return false
    return fleet.ahead.standsBy || initMs >= this.#limits.standbyFromInitMs
  }

  /** Orders an instance for the time at which the next call is expected. */
  #expect(fleet: Fleet, inMs: number): void {
    if (inMs <= 0 || this.#expected.has(fleet)) return
    const cancel = this.#clock.after(inMs, () => {
      this.#expected.delete(fleet)
      fleet.ahead.expected = true
      this.#load(fleet)
    })
    this.#expected.set(fleet, cancel)
  }

  #freeze(instance: Instance, nowMs: number): void {
    if (nowMs - (instance.idleSinceMs ?? nowMs) >= this.#limits.freezeAfterMs) instance.freeze()
  }

  /** The longest unused ones go. */
  #endStandbys(standbys: Standby[]): void {
    standbys.sort((a, b) => (a.instance.idleSinceMs ?? 0) - (b.instance.idleSinceMs ?? 0))
    for (const { fleet, instance } of standbys) {
      if (this.#standbyMb <= this.#standbyMbMax) return
      this.#capacity.evict(fleet, instance, 'room for others')
      this.#standbyMb -= fleet.version.memoryMb
    }
  }
}
