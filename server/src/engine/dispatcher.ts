// Brings invocations and instances together. Per version: idle instances (most recently used first, so that the rest go
// idle and die) and a bounded queue. An invocation takes an idle instance; else, within the limits, a ready cell becomes
// a new instance; else it waits for whichever comes first, an instance or a boot.
import type { CancelTimer, Clock } from '#base/clock.ts'
import type { CellKind } from './cell.ts'
import type { CodeStore } from './code-store.ts'
import type { FunctionVersion, Invocation, InvocationOutcome, Quota } from './engine.ts'
import { Growth } from './growth.ts'
import { Instance } from './instance.ts'
import type { Job } from './instance.ts'
import type { MemoryClass } from './launcher/commands.ts'
import { MEMORY_CLASSES } from './launcher/commands.ts'
import { BOOT_WAIT_MS_MAX, BUSY_WAIT_MS_MAX, CLASSES, EPHEMERAL_MB, WAITING_MAX } from './limits.ts'
import { kindKey } from './pool.ts'
import type { Pool } from './pool.ts'

export interface DispatcherLimits {
  readonly instancesMax: number
  /** Memory that instances may be promised together. */
  readonly memoryMbMax: number
  readonly idleMax: number
  readonly keepAliveMs: number
  readonly freezeAfterMs: number
  readonly cores: number
}

/** Everything about one version that is in memory. */
interface VersionState {
  readonly version: FunctionVersion
  readonly kind: CellKind
  readonly instances: Set<Instance>
  /** The most recently used one is the last. */
  readonly idle: Instance[]
  readonly queue: Job[]
  /** Who waits for an instance to be loaded ahead of its first invocation. */
  readonly prepares: (() => void)[]
  /** Instances that are being loaded for nobody yet. */
  readonly preparing: Set<Instance>
  readonly growth: Growth
  /** Cells that the version waits for. */
  wanted: number
  cancelGrowth: CancelTimer | undefined
  /** No new instances; idle ones are gone. */
  retired: boolean
}

export class Dispatcher {
  readonly #clock: Clock
  readonly #store: CodeStore
  readonly #pool: Pool
  readonly #limits: DispatcherLimits
  readonly #versions = new Map<string, VersionState>()
  /** Versions with invocations that wait for a cell, by kind, the longest waiting first. */
  readonly #waiting = new Map<string, Set<VersionState>>()
  readonly #prepared = new Map<Instance, () => void>()
  #instances = 0
  #memoryMb = 0
  #running = 0
  #closed = false
  #onQuiet: (() => void) | undefined

  constructor(clock: Clock, store: CodeStore, pool: Pool, limits: DispatcherLimits) {
    this.#clock = clock
    this.#store = store
    this.#pool = pool
    this.#limits = limits
  }

  get instanceCount(): number {
    return this.#instances
  }

  /** Rejects only when the engine itself fails (a package that cannot be unpacked). */
  async invoke(version: FunctionVersion, invocation: Invocation): Promise<InvocationOutcome> {
    if (version.quota().instancesMax <= 0) return { kind: 'throttled', reason: 'concurrency' }
    if (!this.#store.has(version)) await this.#store.ensure(version)
    if (this.#closed) return { kind: 'throttled', reason: 'capacity' }
    const state = this.#state(version)
    if (state.queue.length >= WAITING_MAX) return { kind: 'throttled', reason: this.#waitReason(state) }
    this.#running++
    return new Promise<InvocationOutcome>((resolve, reject) => {
      state.queue.push({
        invocation,
        waitingSinceMs: this.#clock.monotonicMs(),
        initCounts: false,
        resolve: (outcome) => {
          if (outcome.kind !== 'throttled') invocation.finished?.(outcome)
          resolve(outcome)
          this.#finished()
        },
        reject: (error) => {
          reject(error)
          this.#finished()
        },
      })
      this.#pump(state)
    })
  }

  /** Loads an instance ahead of its first invocation. Resolves when it is idle, or has ended, or finds no room. */
  async prepare(version: FunctionVersion): Promise<void> {
    await this.#store.ensure(version)
    const state = this.#state(version)
    if (this.#closed || state.instances.size > 0 || !this.#room(state)) return
    return new Promise((resolve) => {
      state.prepares.push(resolve)
      this.#pump(state)
    })
  }

  /** Ends the version's instances as soon as they are idle. */
  retire(versionId: string): void {
    const state = this.#versions.get(versionId)
    if (!state) return
    state.retired = true
    for (const instance of state.idle.splice(0)) instance.kill('retired')
    // Who waits was accepted before: it still gets an instance. The last one to end takes the state with it.
    if (state.queue.length === 0) this.#versions.delete(versionId)
  }

  /** The periodic look: freezes, lets go of what is idle too long, gives up what waits too long. */
  sweep(): void {
    const nowMs = this.#clock.monotonicMs()
    let idle = 0
    for (const state of this.#versions.values()) {
      this.#giveUpWaiting(state, nowMs)
      for (const instance of state.instances) instance.recallAhead(nowMs)
      idle += state.idle.length
      for (const instance of state.idle.slice()) {
        const idleMs = nowMs - (instance.idleSinceMs ?? nowMs)
        if (idleMs >= this.#limits.keepAliveMs) this.#evict(state, instance, 'idle')
        else if (idleMs >= this.#limits.freezeAfterMs) instance.freeze()
      }
      if (state.instances.size + state.queue.length + state.prepares.length === 0)
        this.#versions.delete(state.version.id)
    }
    for (; idle > this.#limits.idleMax; idle--) this.#evictLongestIdle(undefined, undefined)
    this.#shrink()
  }

  /** New cells of this kind are on the shelf. */
  available(kind: CellKind): void {
    for (const state of this.#waitingFor(kind)) this.#pump(state)
  }

  /** Nobody should wait for cells of this kind. */
  hopeless(kind: CellKind): void {
    for (const state of this.#waitingFor(kind)) {
      if (state.instances.size === 0) this.#refuseWaiting(state)
    }
  }

  /** No new invocations; resolves when the running ones are done or the time is over. */
  async drain(graceMs: number): Promise<void> {
    this.#closed = true
    if (this.#running === 0) return
    await new Promise<void>((resolve) => {
      this.#onQuiet = resolve
      this.#clock.after(graceMs, resolve)
    })
  }

  /** Ends every instance now; waiting invocations are refused. Resolves when all are gone. */
  async endAll(reason: string): Promise<void> {
    const ends: Promise<void>[] = []
    for (const state of this.#versions.values()) {
      this.#refuseWaiting(state)
      for (const instance of state.instances) {
        this.#settlePrepared(instance)
        ends.push(new Promise((resolve) => this.#prepared.set(instance, resolve)))
        instance.kill(reason)
      }
      state.idle.length = 0
    }
    this.#versions.clear()
    await Promise.all(ends)
  }

  /** A copy: pumping changes the set. */
  #waitingFor(kind: CellKind): VersionState[] {
    return Array.from(this.#waiting.get(kindKey(kind)) ?? [])
  }

  #state(version: FunctionVersion): VersionState {
    let state = this.#versions.get(version.id)
    if (!state) {
      state = {
        version,
        kind: kindOf(version),
        instances: new Set(),
        idle: [],
        queue: [],
        prepares: [],
        preparing: new Set(),
        growth: new Growth(),
        wanted: 0,
        cancelGrowth: undefined,
        retired: false,
      }
      this.#versions.set(version.id, state)
    }
    return state
  }

  #pump(state: VersionState): void {
    state.wanted = 0
    while (state.queue.length > 0) {
      const busy = state.instances.size - state.idle.length
      if (busy >= this.#limits.cores && state.growth.concentrates && this.#sendAhead(state)) continue
      const instance = takeIdle(state)
      if (instance) {
        const job = state.queue.shift()
        if (job) instance.run(job)
        continue
      }
      // They are ready sooner than new ones.
      if (state.queue.length <= state.preparing.size) break
      if (this.#mayGrow(state) && this.#room(state)) {
        const cell = this.#pool.take(state.kind)
        if (cell) {
          state.growth.grew(this.#clock.monotonicMs())
          this.#add(state, cell).start(state.queue.shift())
          continue
        }
        state.wanted = state.growth.wanted(state.queue.length, state.instances.size)
      }
      if (!this.#sendAhead(state)) break
    }
    if (state.queue.length === 0) state.wanted = 0
    // An invocation was quicker and has its instance: nothing is left to prepare.
    if (state.instances.size > state.preparing.size) for (const done of state.prepares.splice(0)) done()
    while (state.prepares.length > 0 && this.#room(state)) {
      const cell = this.#pool.take(state.kind)
      if (!cell) break
      const instance = this.#add(state, cell)
      const done = state.prepares.shift()
      if (done) this.#prepared.set(instance, done)
      state.preparing.add(instance)
      instance.start(undefined)
    }
    this.#tellDemand(state)
  }

  /** Whether the oldest waiting invocation has waited enough; else it is looked at again when it has. */
  #mayGrow(state: VersionState): boolean {
    const waiting = { count: state.queue.length, sinceMs: state.queue[0]?.waitingSinceMs ?? 0 }
    const pauseMs = state.growth.pauseMs(this.#clock.monotonicMs(), waiting, state.instances.size)
    if (pauseMs <= 0) return true
    state.cancelGrowth ??= this.#clock.after(pauseMs, () => {
      state.cancelGrowth = undefined
      this.#pump(state)
    })
    return false
  }

  /** Gives the oldest waiting invocation to an instance that is still busy with a quick one. */
  #sendAhead(state: VersionState): boolean {
    const { prefetch } = state.growth
    if (prefetch === 0) return false
    for (const instance of state.instances) {
      if (!instance.takesAhead(prefetch)) continue
      const job = state.queue.shift()
      if (job) instance.sendAhead(job)
      return true
    }
    return false
  }

  #add(state: VersionState, cell: ConstructorParameters<typeof Instance>[2]): Instance {
    const instance = new Instance(this.#clock, this.#store, cell, state.version, {
      idle: (instance) => this.#idle(state, instance),
      ended: (instance) => {
        this.#pool.forget(cell)
        this.#ended(state, instance)
      },
      advanced: () => this.#pump(state),
      handled: (handlerMs) => state.growth.record(this.#clock.monotonicMs(), handlerMs),
      again: (jobs) => {
        state.queue.unshift(...jobs)
        if (jobs.length > 0) this.#pump(state)
      },
    })
    state.instances.add(instance)
    this.#instances++
    this.#memoryMb += state.version.memoryMb
    return instance
  }

  #idle(state: VersionState, instance: Instance): void {
    state.preparing.delete(instance)
    this.#settlePrepared(instance)
    const job = state.queue.shift()
    if (job) return instance.run(job)
    if (state.retired || this.#closed) return instance.kill('retired')
    state.idle.push(instance)
  }

  #ended(state: VersionState, instance: Instance): void {
    state.preparing.delete(instance)
    this.#settlePrepared(instance)
    if (!state.instances.delete(instance)) return
    this.#instances--
    this.#memoryMb -= state.version.memoryMb
    const index = state.idle.indexOf(instance)
    if (index >= 0) state.idle.splice(index, 1)
    // Room for whoever waits, of this version or another.
    this.#pump(state)
    for (const waiting of this.#waiting.values())
      for (const other of Array.from(waiting)) if (other !== state) this.#pump(other)
  }

  #settlePrepared(instance: Instance): void {
    const settle = this.#prepared.get(instance)
    this.#prepared.delete(instance)
    settle?.()
  }

  /** Whether one more instance is allowed; idle instances of other versions give way. */
  #room(state: VersionState): boolean {
    if (!this.#quotaHasRoom(state)) return false
    const { instancesMax, memoryMbMax } = this.#limits
    while (this.#instances >= instancesMax || this.#memoryMb + state.version.memoryMb > memoryMbMax)
      if (!this.#evictLongestIdle(state, undefined)) return false
    return true
  }

  /** Whether the version's quota allows one more instance; idle ones of the versions that share it give way. */
  #quotaHasRoom(state: VersionState): boolean {
    const quota = state.version.quota()
    while (this.#used(quota) >= quota.instancesMax) if (!this.#evictLongestIdle(state, quota)) return false
    return true
  }

  /** Instances of all versions that share the quota. */
  #used({ id, instancesMax }: Quota): number {
    // Mostly there are fewer in all.
    if (this.#instances < instancesMax) return this.#instances
    let used = 0
    for (const { version, instances } of this.#versions.values()) if (version.quota().id === id) used += instances.size
    return used
  }

  /** Quotas that were lowered: what is idle above them goes; what is busy goes when it is idle. */
  #shrink(): void {
    for (const state of this.#versions.values()) {
      const quota = state.version.quota()
      while (state.idle.length > 0 && this.#used(quota) > quota.instancesMax) this.#evictLongestIdle(undefined, quota)
    }
  }

  /** `quota`: only instances of the versions that share it. */
  #evictLongestIdle(except: VersionState | undefined, quota: Quota | undefined): boolean {
    let found: { state: VersionState; instance: Instance; sinceMs: number } | undefined
    for (const state of this.#versions.values()) {
      const [instance] = state.idle
      if (state === except || !instance) continue
      if (quota !== undefined && state.version.quota().id !== quota.id) continue
      const sinceMs = instance.idleSinceMs ?? Number.POSITIVE_INFINITY
      if (!found || sinceMs < found.sinceMs) found = { state, instance, sinceMs }
    }
    if (!found) return false
    this.#evict(found.state, found.instance, 'room for others')
    return true
  }

  /** Its place counts as free at once: a kill takes a millisecond. */
  #evict(state: VersionState, instance: Instance, reason: string): void {
    state.idle.splice(state.idle.indexOf(instance), 1)
    state.instances.delete(instance)
    this.#instances--
    this.#memoryMb -= state.version.memoryMb
    instance.kill(reason)
  }

  /** Tells the pool how many cells of this kind are waited for. */
  #tellDemand(state: VersionState): void {
    const key = kindKey(state.kind)
    let waiting = this.#waiting.get(key)
    const waits = state.wanted + state.prepares.length > 0
    if (!waits && waiting?.has(state) !== true) return
    if (!waiting) this.#waiting.set(key, (waiting = new Set()))
    if (waits) waiting.add(state)
    else waiting.delete(state)
    let demand = 0
    for (const { wanted, prepares, instances, version } of waiting)
      demand += Math.min(wanted + prepares.length, roomIn(version.quota(), instances.size))
    this.#pool.setDemand(state.kind, Math.min(demand, this.#limits.instancesMax - this.#instances))
  }

  #giveUpWaiting(state: VersionState, nowMs: number): void {
    const reason = this.#waitReason(state)
    const waitMsMax = reason === 'concurrency' ? BUSY_WAIT_MS_MAX : BOOT_WAIT_MS_MAX
    while (state.queue[0] && nowMs - state.queue[0].waitingSinceMs >= waitMsMax)
      state.queue.shift()?.resolve({ kind: 'throttled', reason })
    if (state.queue.length === 0) state.wanted = 0
    this.#tellDemand(state)
  }

  #refuseWaiting(state: VersionState): void {
    for (const job of state.queue.splice(0)) job.resolve({ kind: 'throttled', reason: 'capacity' })
    for (const done of state.prepares.splice(0)) done()
    state.wanted = 0
    this.#tellDemand(state)
  }

  #waitReason(state: VersionState): 'concurrency' | 'capacity' {
    const quota = state.version.quota()
    return this.#used(quota) >= quota.instancesMax ? 'concurrency' : 'capacity'
  }

  #finished(): void {
    if (--this.#running === 0) this.#onQuiet?.()
  }
}

/** An upper bound: other versions may share the quota. */
function roomIn({ instancesMax }: Quota, instances: number): number {
  return Math.max(0, instancesMax - instances)
}

/** The most recently used instance that is still well: one may have crashed by itself and not be gone yet. */
function takeIdle(state: VersionState): Instance | undefined {
  for (;;) {
    const instance = state.idle.pop()
    if (!instance || instance.idleSinceMs !== undefined) return instance
  }
}

/** The kind of cell that a version needs. Python has no heap flag, so all its memory sizes share one shelf. */
export function kindOf(version: FunctionVersion): CellKind {
  const runtime = version.runtime === 'python' ? 'python' : 'node'
  const memoryClass = runtime === 'python' ? 'small' : classOf(version.memoryMb)
  return { runtime, memoryClass, ephemeralMb: Math.max(EPHEMERAL_MB, version.ephemeralMb) }
}

function classOf(memoryMb: number): MemoryClass {
  return MEMORY_CLASSES.find((name) => memoryMb <= CLASSES[name].memoryMb) ?? 'huge'
}
