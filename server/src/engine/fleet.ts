// All instances of one version, or of one tenant of it, and the invocations that wait for one.
import type { CancelTimer, Clock } from '#base/clock.ts'
import type { CellKind } from './cell.ts'
import type { FunctionVersion } from './engine.ts'
import { Growth } from './growth.ts'
import { concurrencyOf } from './instance.ts'
import type { Instance } from './instance.ts'
import type { Job } from './job.ts'
import type { MemoryClass } from './launcher/commands.ts'
import { MEMORY_CLASSES } from './launcher/commands.ts'
import { CLASSES, EPHEMERAL_MB } from './limits.ts'
import { LoadsAhead } from './loads-ahead.ts'

export class Fleet {
  readonly version: FunctionVersion
  /** Its own among all fleets. */
  readonly key: string
  /** Who shares what was learned about the times of calls. */
  readonly lineage: string
  readonly concurrency: number
  readonly kind: CellKind
  readonly growth = new Growth()
  readonly ahead = new LoadsAhead()
  readonly queue: Job[] = []
  readonly instances = new Set<Instance>()
  /** Idle ones, the most recently used one last: the others go idle for good and end. */
  readonly idle: Instance[] = []
  /** Idle ones that were ordered: they are used first, and stay. */
  readonly idleProvisioned: Instance[] = []
  /** Cells that the version waits for. */
  wanted = 0
  cancelGrowth: CancelTimer | undefined
  /** It has waited for a lull before it grows: once for an instance, also if a cell must boot for it first. */
  lullCame = false
  /** No new instances; idle ones are gone. */
  retired = false
  /** Accepted and not over. */
  #underWay = 0
  /** Since when nothing is under way. */
  #quietSinceMs: number
  /** Busy ones with room for one more, where a version runs several invocations in one instance. */
  readonly #open: Instance[] = []
  #next = 0

  constructor(version: FunctionVersion, tenant: string | undefined, nowMs: number) {
    const { id, lineage = id } = version
    this.version = version
    this.key = fleetKey(version, tenant)
    this.lineage = tenant === undefined ? lineage : `${lineage}\n${tenant}`
    this.concurrency = concurrencyOf(version)
    this.kind = kindOf(version)
    this.#quietSinceMs = nowMs
  }

  get idleCount(): number {
    return this.idle.length + this.idleProvisioned.length
  }

  /** Undefined while something is under way. */
  get quietSinceMs(): number | undefined {
    return this.#underWay === 0 ? this.#quietSinceMs : undefined
  }

  /** Nothing of it is left to look after. */
  get over(): boolean {
    return this.instances.size + this.queue.length === 0 && !this.ahead.pending
  }

  /** Places in instances that are being loaded: these are ready sooner than new ones. */
  get placesLoading(): number {
    if (this.concurrency === 1) return this.ahead.loadingCount
    let places = 0
    for (const instance of this.instances) places += instance.placesLoading
    return places
  }

  /** An invocation was accepted. How long nothing was under way before; undefined when something was. */
  began(nowMs: number): number | undefined {
    return this.#underWay++ === 0 ? nowMs - this.#quietSinceMs : undefined
  }

  /** It is over. */
  finished(clock: Clock): void {
    if (--this.#underWay === 0) this.#quietSinceMs = clock.monotonicMs()
  }

  /** A busy instance with room, in turns, so that they share the work. `spared`: not this one. */
  takeOpen(spared: Instance | undefined): Instance | undefined {
    while (this.#open.length > 0) {
      const index = this.#next++ % this.#open.length
      const instance = this.#open[index]
      if (instance !== undefined && instance === spared) {
        if (this.#open.length === 1) return undefined
        continue
      }
      if (instance?.hasRoom === true) return instance
      const last = this.#open.pop()
      if (last && index < this.#open.length) this.#open[index] = last
    }
    return undefined
  }

  /** Of those that may be given up, the one that is without work the soonest. */
  get leastBusy(): Instance | undefined {
    let least: Instance | undefined
    for (const instance of this.instances)
      if (instance.origin !== 'provisioned' && (least === undefined || instance.use < least.use)) least = instance
    return least
  }

  /** It is busy and has room. */
  opened(instance: Instance): void {
    if (instance.concurrency > 1 && !this.#open.includes(instance)) this.#open.push(instance)
  }

  /** An idle instance that is still well: one may have crashed by itself and not be gone yet. */
  takeIdle(): Instance | undefined {
    for (;;) {
      const instance = this.idleProvisioned.pop() ?? this.idle.pop()
      if (!instance || instance.idleSinceMs !== undefined) return instance
    }
  }

  becameIdle(instance: Instance): void {
    if (instance.origin === 'provisioned') this.idleProvisioned.push(instance)
    else this.idle.push(instance)
  }

  /** Takes an instance out of everything. False when it was out already. */
  remove(instance: Instance): boolean {
    for (const list of [this.idle, this.idleProvisioned, this.#open]) {
      const index = list.indexOf(instance)
      if (index >= 0) list.splice(index, 1)
    }
    this.ahead.done(instance)
    return this.instances.delete(instance)
  }

  /** Its part of the quota. */
  get use(): number {
    if (this.concurrency === 1) return this.instances.size
    let use = 0
    for (const instance of this.instances) use += instance.use
    return use
  }
}

/** Whose instances an invocation may use. */
export function fleetKey({ id }: FunctionVersion, tenant: string | undefined): string {
  return tenant === undefined ? id : `${id}\n${tenant}`
}

/** The kind of cell that a version needs. Python has no heap flag, so all its memory sizes share one shelf. */
export function kindOf(version: FunctionVersion): CellKind {
  const ephemeralMb = Math.max(EPHEMERAL_MB, version.ephemeralMb)
  const uplink = version.uplink && { uplink: version.uplink }
  // The program has no use for V8's memory: the carrier beside it needs the least.
  if (version.root) return { runtime: 'node', memoryClass: 'small', ephemeralMb, image: version.code.id, ...uplink }
  const runtime = version.runtime === 'python' ? 'python' : 'node'
  const memoryClass = runtime === 'python' ? 'small' : classOf(version.memoryMb)
  return { runtime, memoryClass, ephemeralMb, ...uplink }
}

function classOf(memoryMb: number): MemoryClass {
  return MEMORY_CLASSES.find((name) => memoryMb <= CLASSES[name].memoryMb) ?? 'huge'
}
