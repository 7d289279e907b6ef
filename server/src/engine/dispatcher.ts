// Brings invocations and instances together. An invocation takes a place in an instance of its version; else, within the
// limits, a ready cell becomes a new instance; else it waits in the version's bounded queue for whichever comes first.
//
// The parts: a `Fleet` is what there is of one version (of one tenant, where it has tenants), `Growth` says when it gets one
// more instance, `LoadsAhead` which are loaded before they are asked for, `Capacity` who may have one, `WaitingLine` who gets
// the next ready cell, `Retention` which idle ones stay.
import type { Clock } from '#base/clock.ts'
import type { Cell, CellKind } from './cell.ts'
import { Capacity } from './capacity.ts'
import type { CodeStore } from './code-store.ts'
import type { FunctionVersion, Invocation, InvocationOutcome, Origin, Provisioned } from './engine.ts'
import { Fleet, fleetKey } from './fleet.ts'
import { Instance } from './instance.ts'
import { Job } from './job.ts'
import { BOOT_WAIT_MS_MAX, BUSY_WAIT_MS_MAX, TURN_MS, WAITING_MAX, YIELD_AFTER_MS } from './limits.ts'
import type { Lull } from './lull.ts'
import type { Pool } from './pool.ts'
import { Retention } from './retention.ts'
import type { RetentionLimits } from './retention.ts'
import { WaitingLine } from './waiting-line.ts'

export interface DispatcherLimits extends RetentionLimits {
  readonly instancesMax: number
  readonly cores: number
}

export class Dispatcher {
  readonly #clock: Clock
  readonly #store: CodeStore
  readonly #pool: Pool
  readonly #cores: number
  /** All of which anything is left: those that were retired, too. */
  readonly #fleets = new Set<Fleet>()
  /** By key: those that take invocations. */
  readonly #current = new Map<string, Fleet>()
  readonly #capacity: Capacity
  readonly #line: WaitingLine
  readonly #retention: Retention
  /** Have invocations that wait for room, not for a cell. */
  readonly #crowded = new Set<Fleet>()
  readonly #goners = new Map<Instance, () => void>()
  readonly #lull: Lull
  #running = 0
  #closed = false
  #onQuiet: (() => void) | undefined

  constructor(clock: Clock, store: CodeStore, pool: Pool, limits: DispatcherLimits, lull: Lull) {
    this.#clock = clock
    this.#lull = lull
    this.#store = store
    this.#pool = pool
    this.#cores = limits.cores
    this.#capacity = new Capacity(limits, this.#fleets)
    this.#line = new WaitingLine(pool)
    this.#retention = new Retention(clock, this.#capacity, limits, (fleet) => this.#pump(fleet))
  }

  get instanceCount(): number {
    return this.#capacity.instances
  }

  /** Whether more invocations are under way than there are cores. */
  get busy(): boolean {
    return this.#running > this.#cores
  }

  /** Rejects only when the engine itself fails (a package that cannot be unpacked). */
  invoke(version: FunctionVersion, invocation: Invocation): Promise<InvocationOutcome> {
    if (version.quota().instancesMax <= 0) return throttled('concurrency')
    if (this.#store.has(version)) return this.#enqueue(version, invocation)
    return this.#store.ensure(version).then(() => this.#enqueue(version, invocation))
  }

  #enqueue(version: FunctionVersion, invocation: Invocation): Promise<InvocationOutcome> {
    if (this.#closed) return throttled('capacity')
    const fleet = this.#fleet(version, invocation.tenant)
    if (fleet.queue.length >= WAITING_MAX) return throttled(this.#capacity.waitReason(fleet))
    const nowMs = this.#clock.monotonicMs()
    this.#running++
    const quietMs = fleet.began(nowMs)
    if (quietMs !== undefined) this.#retention.called(fleet, quietMs)
    const { quick } = fleet.growth
    if (quick) this.#lull.began()
    const job = new Job(invocation, nowMs, () => this.#finished(fleet, quick))
    fleet.queue.push(job)
    this.#pump(fleet)
    return job.outcome
  }

  /** Loads an instance ahead of its first invocation. Resolves when it is idle, or has ended, or finds no room. */
  async prepare(version: FunctionVersion): Promise<void> {
    await this.#store.ensure(version)
    const fleet = this.#fleet(version)
    if (this.#closed || fleet.instances.size > 0 || !this.#capacity.makeRoom(fleet)) return
    const prepared = fleet.ahead.prepare()
    this.#pump(fleet)
    return prepared
  }

  /** From now on so many instances are kept initialised; 0 ends that. */
  provision(version: FunctionVersion, count: number): void {
    if (count === 0 && !this.#current.has(version.id)) return
    const fleet = this.#fleet(version)
    fleet.ahead.provisionedMax = count
    for (const instance of fleet.ahead.surplus())
      if (instance.idleSinceMs !== undefined) this.#capacity.evict(fleet, instance, 'not ordered any more')
    this.#loadWhenStored(fleet)
  }

  provisioned(versionId: string): Provisioned {
    return this.#current.get(versionId)?.ahead.status() ?? { allocated: 0, available: 0, fault: undefined }
  }

  /** From now on one instance stands by. */
  standBy(version: FunctionVersion): void {
    const fleet = this.#fleet(version)
    fleet.ahead.standsBy = true
    this.#loadWhenStored(fleet)
  }

  /** Ends the version's instances, those of all its tenants, as soon as they are idle. */
  retire(versionId: string): void {
    for (const fleet of this.#current.values()) if (fleet.version.id === versionId) this.#retire(fleet)
  }

  #retire(fleet: Fleet): void {
    this.#current.delete(fleet.key)
    fleet.retired = true
    fleet.ahead.clear()
    this.#retention.forget(fleet)
    for (const instance of [...fleet.idle, ...fleet.idleProvisioned]) instance.kill('retired')
    fleet.idle.length = 0
    fleet.idleProvisioned.length = 0
    // Who waits was accepted before: it still gets an instance. What runs still counts to the quota.
    if (fleet.queue.length === 0) this.#line.note(fleet, 0, this.#capacity.instancesLeft)
    if (fleet.over) this.#fleets.delete(fleet)
  }

  /** The periodic look: freezes, lets go of what is idle too long, gives up what waits too long. */
  sweep(): void {
    const nowMs = this.#clock.monotonicMs()
    for (const fleet of this.#fleets) {
      this.#giveUpWaiting(fleet, nowMs)
      for (const instance of fleet.instances) instance.recallAhead(nowMs)
      if (fleet.ahead.pending) this.#pump(fleet)
    }
    this.#retention.sweep(this.#fleets)
    for (const fleet of this.#fleets) if (fleet.over && !this.#retention.expects(fleet)) this.#drop(fleet)
    this.#capacity.shrink()
    for (const fleet of this.#crowded) if (fleet.queue.length === 0) this.#crowded.delete(fleet)
  }

  /** New cells of this kind are on the shelf. */
  available(kind: CellKind): void {
    for (const fleet of this.#line.of(kind)) this.#pump(fleet, 1)
    // Whoever is left has the line for itself.
    for (const fleet of this.#line.of(kind)) this.#pump(fleet)
  }

  /** Nobody should wait for cells of this kind. */
  hopeless(kind: CellKind): void {
    for (const fleet of this.#line.of(kind)) {
      fleet.ahead.failed({ kind: 'start', reason: 'Cells of its kind do not start.' }, this.#clock.monotonicMs())
      if (fleet.instances.size === 0) this.#refuseWaiting(fleet)
      // An image that no cell used may have gone meanwhile: the next attempt finds it again, or says what is wrong.
      if (kind.image !== undefined) this.#loadWhenStored(fleet)
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
    for (const fleet of this.#fleets) {
      fleet.ahead.clear()
      this.#retention.forget(fleet)
      this.#refuseWaiting(fleet)
      for (const instance of fleet.instances) {
        ends.push(new Promise((resolve) => this.#goners.set(instance, resolve)))
        instance.kill(reason)
      }
      fleet.idle.length = 0
      fleet.idleProvisioned.length = 0
    }
    this.#fleets.clear()
    this.#current.clear()
    await Promise.all(ends)
  }

  #fleet(version: FunctionVersion, tenant?: string): Fleet {
    const key = fleetKey(version, tenant)
    const known = this.#current.get(key)
    if (known) return known
    const fleet = new Fleet(version, tenant, this.#clock.monotonicMs())
    this.#current.set(key, fleet)
    this.#fleets.add(fleet)
    return fleet
  }

  #drop(fleet: Fleet): void {
    this.#fleets.delete(fleet)
    if (this.#current.get(fleet.key) === fleet) this.#current.delete(fleet.key)
  }

  /** Gives waiting invocations their places. `cellsMax`: at most so many ready cells are taken. */
  #pump(fleet: Fleet, cellsMax = Number.POSITIVE_INFINITY): void {
    let cellsLeft = cellsMax
    let wanted = 0
    while (fleet.queue.length > 0) {
      const busy = fleet.instances.size - fleet.idleCount
      if (busy >= fleet.growth.enough(this.#cores) && this.#sendAhead(fleet)) continue
      const instance = this.#place(fleet)
      if (instance) {
        const job = fleet.queue.shift()
        if (job) instance.run(job)
        if (instance.hasRoom) fleet.opened(instance)
        continue
      }
      if (fleet.queue.length <= fleet.placesLoading) break
      if (this.#mayGrow(fleet) && this.#roomFor(fleet)) {
        const cell = cellsLeft > 0 ? this.#take(fleet) : undefined
        if (cell) {
          cellsLeft--
          fleet.lullCame = false
          fleet.growth.grew(this.#clock.monotonicMs())
          this.#add(fleet, cell, 'on-demand').start(fleet.queue.shift())
          continue
        }
        wanted = Math.ceil(fleet.growth.wanted(fleet.queue.length, fleet.instances.size) / fleet.concurrency)
      }
      if (!this.#sendAhead(fleet)) break
    }
    const ahead = this.#loadAhead(fleet, cellsLeft)
    this.#line.note(fleet, (fleet.queue.length === 0 ? 0 : wanted) + ahead, this.#capacity.instancesLeft)
  }

  /** A place for one more invocation in an instance that is there. */
  #place(fleet: Fleet): Instance | undefined {
    const open = fleet.takeOpen(this.#owesRoom(fleet) ? fleet.leastBusy : undefined)
    return open && this.#capacity.makeSlot(fleet) ? open : fleet.takeIdle()
  }

  #roomFor(fleet: Fleet): boolean {
    if (this.#capacity.makeRoom(fleet)) return true
    this.#crowded.add(fleet)
    return false
  }

  #take(fleet: Fleet): Cell | undefined {
    const cell = this.#pool.take(fleet.kind)
    if (cell) this.#line.served(fleet)
    return cell
  }

  /** Loads what is to be there before it is asked for. Answers how many cells that still waits for. */
  #loadAhead(fleet: Fleet, cellsMax: number): number {
    const { ahead } = fleet
    if (!ahead.pending) return 0
    const nowMs = this.#clock.monotonicMs()
    for (let taken = 0; !this.#closed && !fleet.retired;) {
      const origin = ahead.wants(nowMs, fleet.instances.size, fleet.idleCount)
      if (origin === undefined) return 0
      // Only what was ordered takes the place of others.
      if (origin === 'snapshot' ? !this.#retention.mayStandBy(fleet) : !this.#capacity.makeRoom(fleet)) {
        ahead.blocked()
        return 0
      }
      const cell = taken++ < cellsMax ? this.#take(fleet) : undefined
      if (!cell) return 1
      const instance = this.#add(fleet, cell, origin)
      ahead.began(instance)
      instance.start(undefined)
    }
    return 0
  }

  #loadWhenStored(fleet: Fleet): void {
    this.#store.ensure(fleet.version).then(
      () => this.#current.get(fleet.key) === fleet && this.#pump(fleet),
      (error: unknown) => fleet.ahead.failed({ kind: 'start', reason: String(error) }, this.#clock.monotonicMs()),
    )
  }

  /**
   * Whether the oldest waiting invocation has waited enough; else it is looked at again when it has. A version whose instances
   * crash begins the next one in a lull: they come often, and each costs more than a quick call.
   */
  #mayGrow(fleet: Fleet): boolean {
    const waiting = { count: fleet.queue.length, sinceMs: fleet.queue[0]?.waitingSinceMs ?? 0 }
    const pauseMs = fleet.growth.pauseMs(this.#clock.monotonicMs(), waiting, fleet.instances.size)
    if (pauseMs > 0) fleet.cancelGrowth ??= this.#clock.after(pauseMs, () => this.#growthDue(fleet))
    else if (!fleet.growth.crashes || fleet.lullCame || this.#lull.now) return true
    else
      fleet.cancelGrowth ??= this.#lull.wait(() => {
        fleet.lullCame = true
        this.#growthDue(fleet)
      })
    return false
  }

  #growthDue(fleet: Fleet): void {
    fleet.cancelGrowth = undefined
    this.#pump(fleet)
  }

  /** Gives the oldest waiting invocation to an instance that is still busy with a quick one. */
  #sendAhead(fleet: Fleet): boolean {
    const { prefetch } = fleet.growth
    if (prefetch === 0) return false
    const nowMs = this.#clock.monotonicMs()
    const owes = this.#owesRoom(fleet)
    for (const instance of fleet.instances) {
      if ((owes && instance.origin !== 'provisioned') || !instance.takesAhead(prefetch, nowMs)) continue
      const job = fleet.queue.shift()
      if (job) instance.sendAhead(job)
      return true
    }
    return false
  }

  #add(fleet: Fleet, cell: Cell, origin: Origin): Instance {
    const instance = new Instance(this.#clock, this.#store, cell, fleet.version, origin, {
      idle: (instance) => this.#idle(fleet, instance),
      ended: (instance, crashed) => {
        this.#pool.forget(cell)
        if (crashed) fleet.growth.crashed(this.#clock.monotonicMs())
        this.#ended(fleet, instance)
      },
      freed: (instance) => {
        fleet.opened(instance)
        this.#pump(fleet)
      },
      handled: (handlerMs, nowMs) => fleet.growth.record(nowMs, handlerMs),
      again: (jobs) => {
        fleet.queue.unshift(...jobs)
        if (jobs.length > 0) this.#pump(fleet)
      },
    })
    this.#capacity.add(fleet, instance)
    return instance
  }

  #idle(fleet: Fleet, instance: Instance): void {
    fleet.ahead.loaded(instance)
    fleet.growth.survived()
    if (this.#crowded.size > 0 && this.#yields(fleet, instance)) return
    const job = fleet.queue.shift()
    if (job) {
      instance.run(job)
      if (!instance.hasRoom) return
      fleet.opened(instance)
      return this.#pump(fleet)
    }
    const tooMany = instance.origin === 'provisioned' && fleet.ahead.surplus().includes(instance)
    if (fleet.retired || this.#closed || tooMany) return instance.kill('retired')
    fleet.becameIdle(instance)
    if (this.#crowded.size > 0) this.#letOthers(fleet, instance)
  }

  /** Whoever waits for room may have that of an idle instance. */
  #letOthers(fleet: Fleet, instance: Instance): void {
    for (const waiting of Array.from(this.#crowded)) {
      if (waiting.queue.length === 0 || !this.#capacity.competes(fleet, waiting)) continue
      this.#pumpCrowded(waiting)
      if (instance.idleSinceMs === undefined) return
    }
  }

  /** Who finds no room now stands behind the others. */
  #pumpCrowded(fleet: Fleet): void {
    this.#crowded.delete(fleet)
    this.#pump(fleet)
  }

  /** Ends an instance in favour of a version that waits for room and has fewer. */
  #yields(fleet: Fleet, instance: Instance): boolean {
    if (instance.origin === 'provisioned') return false
    const waiting = this.#creditor(fleet)
    if (!waiting) return false
    this.#capacity.evict(fleet, instance, 'room for others')
    if (fleet.queue.length > 0) this.#crowded.add(fleet)
    this.#pumpCrowded(waiting)
    return true
  }

  /** Whether it is to give up an instance: one that always gets new work never would. */
  #owesRoom(fleet: Fleet): boolean {
    return this.#crowded.size > 0 && this.#creditor(fleet) !== undefined
  }

  /** A version that waits for room, has fewer instances, and has waited long enough to be given one of this one's. */
  #creditor(fleet: Fleet): Fleet | undefined {
    const nowMs = this.#clock.monotonicMs()
    for (const waiting of this.#crowded) {
      const waitedMs = nowMs - (waiting.queue[0]?.waitingSinceMs ?? nowMs)
      if (waitedMs >= YIELD_AFTER_MS && this.#capacity.mustYield(fleet, waiting, waitedMs >= TURN_MS)) return waiting
    }
    return undefined
  }

  #ended(fleet: Fleet, instance: Instance): void {
    fleet.ahead.done(instance, this.#clock.monotonicMs())
    const gone = this.#goners.get(instance)
    this.#goners.delete(instance)
    gone?.()
    if (!this.#capacity.remove(fleet, instance)) return
    // Room for whoever waits, of this version or another.
    for (const waiting of new Set([...this.#crowded, ...this.#line.all(), fleet])) this.#pumpCrowded(waiting)
  }

  #giveUpWaiting(fleet: Fleet, nowMs: number): void {
    const [oldest] = fleet.queue
    // Mostly nobody has waited for long.
    if (!oldest || nowMs - oldest.waitingSinceMs < Math.min(BUSY_WAIT_MS_MAX, BOOT_WAIT_MS_MAX)) return
    const reason = this.#capacity.waitReason(fleet)
    const waitMsMax = reason === 'concurrency' ? BUSY_WAIT_MS_MAX : BOOT_WAIT_MS_MAX
    while (fleet.queue[0] && nowMs - fleet.queue[0].waitingSinceMs >= waitMsMax)
      fleet.queue.shift()?.resolve({ kind: 'throttled', reason })
    if (fleet.queue.length === 0) this.#pump(fleet)
  }

  #refuseWaiting(fleet: Fleet): void {
    for (const job of fleet.queue.splice(0)) job.resolve({ kind: 'throttled', reason: 'capacity' })
    fleet.ahead.giveUp()
    this.#line.note(fleet, 0, this.#capacity.instancesLeft)
  }

  #finished(fleet: Fleet, wasQuick: boolean): void {
    fleet.finished(this.#clock)
    if (wasQuick) this.#lull.finished()
    if (--this.#running === 0) this.#onQuiet?.()
  }
}

function throttled(reason: 'concurrency' | 'capacity'): Promise<InvocationOutcome> {
  return Promise.resolve({ kind: 'throttled', reason })
}
