// The instances of a version that are loaded before an invocation asks for them, and why: somebody ordered so many to be
// there always (provisioned); one is to stand by, initialised and frozen (snapshot); one is expected to be needed soon, or
// was asked for once (on demand).
import type { LoadFault, Origin, Provisioned } from './engine.ts'
import type { Instance } from './instance.ts'
import { AHEAD_AT_ONCE_MAX, AHEAD_PAUSE_MS, AHEAD_PAUSE_MS_MAX, STANDBY_AFTER_MS } from './limits.ts'

export class LoadsAhead {
  /** So many are to be there always. */
  provisionedMax = 0
  /** One is to stand by. */
  standsBy = false
  /** One is expected to be needed soon. */
  expected = false
  /** Who waits for an instance to be loaded. */
  readonly #prepares: (() => void)[] = []
  readonly #loading = new Map<Instance, (() => void) | undefined>()
  readonly #provisioned = new Set<Instance>()
  #fault: LoadFault | undefined
  #pauseMs = AHEAD_PAUSE_MS
  /** Since when no instance stands by. */
  #bareSinceMs: number | undefined
  /** No attempt before. */
  #notBeforeMs = Number.NEGATIVE_INFINITY

  /** Whether the version must be remembered for it. */
  get pending(): boolean {
    return this.provisionedMax > 0 || this.standsBy || this.expected || this.#prepares.length > 0
  }

  /** Instances that are being loaded, and will be idle sooner than new ones. */
  get loadingCount(): number {
    return this.#loading.size
  }

  /** Resolves when an instance is loaded, or will not be. */
  prepare(): Promise<void> {
    return new Promise((resolve) => this.#prepares.push(resolve))
  }

  /** What to load next; undefined for nothing. */
  wants(nowMs: number, instances: number, idle: number): Origin | undefined {
    if (nowMs < this.#notBeforeMs || this.#loading.size >= AHEAD_AT_ONCE_MAX) return undefined
    if (this.#provisioned.size < this.provisionedMax) return 'provisioned'
    // An invocation was quicker and has its instance: nothing is left to prepare.
    if (instances > this.#loading.size) this.giveUp()
    if (this.#prepares.length > 0 || (this.expected && instances === 0)) return 'on-demand'
    return this.#wantsStandby(nowMs, idle) ? 'snapshot' : undefined
  }

  /** The invocation that took the last one goes first: a moment later there is more time. */
  #wantsStandby(nowMs: number, idle: number): boolean {
    const bare = this.standsBy && idle + this.#loading.size === 0
    this.#bareSinceMs = bare ? (this.#bareSinceMs ?? nowMs) : undefined
    return this.#bareSinceMs !== undefined && nowMs - this.#bareSinceMs >= STANDBY_AFTER_MS
  }

  began(instance: Instance): void {
    if (instance.origin === 'provisioned') this.#provisioned.add(instance)
    this.expected = false
    this.#loading.set(instance, this.#prepares.shift())
  }

  /** It is loaded. */
  loaded(instance: Instance): void {
    if (!this.#loading.has(instance)) return
    this.#fault = undefined
    this.#pauseMs = AHEAD_PAUSE_MS
    this.#finish(instance)
  }

  /** It has ended. */
  done(instance: Instance, nowMs?: number): void {
    this.#provisioned.delete(instance)
    if (!this.#loading.has(instance)) return
    this.#finish(instance)
    if (nowMs === undefined || instance.initFault === undefined) return
    this.failed({ kind: 'init', reason: instance.initFault }, nowMs)
  }

  /** None could be loaded: the next attempt waits, longer each time. */
  failed(fault: LoadFault, nowMs: number): void {
    this.#fault = fault
    this.#notBeforeMs = nowMs + this.#pauseMs
    this.#pauseMs = Math.min(this.#pauseMs * 2, AHEAD_PAUSE_MS_MAX)
  }

  /** There is no room for what was ordered. */
  blocked(): void {
    if (this.#provisioned.size < this.provisionedMax)
      this.#fault = { kind: 'room', reason: 'There is no room for more instances.' }
  }

  /** Nothing is wanted any more. */
  clear(): void {
    this.provisionedMax = 0
    this.standsBy = false
    this.expected = false
    this.giveUp()
  }

  /** Nobody waits any more. */
  giveUp(): void {
    for (const done of this.#prepares.splice(0)) done()
  }

  status(): Provisioned {
    let allocated = 0
    let available = 0
    for (const instance of this.#provisioned) {
      if (instance.initMs === undefined) continue
      allocated++
      if (instance.idleSinceMs !== undefined) available++
    }
    return { allocated, available, fault: allocated < this.provisionedMax ? this.#fault : undefined }
  }

  /** Orders are taken back: which instances are too many, idle ones first. */
  surplus(): Instance[] {
    const idleFirst = Array.from(this.#provisioned).sort(
      (a, b) => Number(a.idleSinceMs === undefined) - Number(b.idleSinceMs === undefined),
    )
    return idleFirst.slice(0, Math.max(0, idleFirst.length - this.provisionedMax))
  }

  #finish(instance: Instance): void {
    const settle = this.#loading.get(instance)
    this.#loading.delete(instance)
    settle?.()
  }
}
