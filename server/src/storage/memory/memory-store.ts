// The in-process driver: the model of what a store is, and the one that fails on purpose. Without faults a commit is one
// synchronous step. With faults it waits, conflicts, fills up, fails or crashes as the seed says:
//
//   running ──crash()──▶ crashed ──restart()──▶ a new store over the same disk
//      │ └─I/O error──▶ failed ──restart()──▶ the same
//      └────close()──▶ closed
//
// At a crash every commit under way has happened or not, as the seed says; those acknowledged before always survive.
import { type Clock, systemClock } from '#base/clock.ts'
import { invariant } from '#base/errors.ts'
import { byteRange, holdCommit, holdGetMany, pageLimit } from '../bounds.ts'
import { nameOfKey } from '../key.ts'
import {
  StoreClosedError,
  StoreFullError,
  type Commit,
  type CommitOutcome,
  type Entry,
  type Key,
  type ListOptions,
  type Range,
  type Store,
} from '../store.ts'
import { Watchers } from '../watchers.ts'
import { Disk, prepare, textOf, type Prepared, type Row } from './disk.ts'
import { Faults, type FaultOptions } from './faults.ts'

export interface MemoryStoreOptions {
  readonly clock?: Clock
  readonly faults?: FaultOptions
  /** Told when an injected I/O error or crash stops the store. */
  readonly onFatal?: (error: Error) => void
}

export interface MemoryStore extends Store {
  /** Stops at once, as a power cut would. Everything under way rejects with StoreClosedError. */
  crash(): void
  /** The store after recovery, over what survived. Only after a crash, a failure or a close. */
  restart(options?: MemoryStoreOptions): MemoryStore
}

/** A store in memory; with `faults` it fails as the seed says. */
export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return new MemoryDriver(options, new Disk())
}

type Phase = { readonly kind: 'running' | 'closed' } | { readonly kind: 'crashed' | 'failed'; readonly cause: Error }

class MemoryDriver implements MemoryStore {
  readonly #clock: Clock
  readonly #faults: Faults | undefined
  readonly #onFatal: ((error: Error) => void) | undefined
  readonly #disk: Disk
  readonly #watchers = new Watchers()
  // Commits on their way to the disk.
  readonly #underWay = new Set<Prepared>()
  #active = 0
  #whenIdle: (() => void) | undefined
  #phase: Phase = { kind: 'running' }

  constructor(options: MemoryStoreOptions, disk: Disk) {
    this.#clock = options.clock ?? systemClock
    this.#faults = options.faults && new Faults(options.faults)
    this.#onFatal = options.onFatal
    this.#disk = disk
  }

  async get(key: Key): Promise<Entry | undefined> {
    const name = nameOfKey(key)
    this.#demandRunning()
    await this.#step()
    return entryOf(this.#disk.rows.get(name))
  }

  async getMany(keys: readonly Key[]): Promise<readonly (Entry | undefined)[]> {
    holdGetMany(keys)
    const names = keys.map(nameOfKey)
    this.#demandRunning()
    await this.#step()
    return names.map((name) => entryOf(this.#disk.rows.get(name)))
  }

  async list(range: Range, options?: ListOptions): Promise<readonly Entry[]> {
    const limit = pageLimit(options)
    const { start, end } = byteRange(range)
    this.#demandRunning()
    await this.#step()
    const page = this.#disk.rows.page(textOf(start), textOf(end), limit, options?.reverse === true)
    return page.map(([, row]) => copyOf(row))
  }

  async commit(commit: Commit): Promise<CommitOutcome> {
    holdCommit(commit)
    const prepared = prepare(commit)
    this.#demandRunning()
    if (!this.#faults) return this.#apply(prepared)
    this.#active++
    try {
      return await this.#commitWithFaults(prepared, this.#faults)
    } finally {
      if (--this.#active === 0) this.#whenIdle?.()
    }
  }

  async #commitWithFaults(commit: Prepared, faults: Faults): Promise<CommitOutcome> {
    if (faults.isFullNow()) throw new StoreFullError('the disk is full (injected)')
    this.#underWay.add(commit)
    try {
      await this.#step()
      if (faults.failsNow()) this.#stop('failed', new Error('fsync: input/output error (injected)'))
      this.#demandAlive()
    } finally {
      this.#underWay.delete(commit)
    }
    const refused = commit.checks[0]?.key ?? commit.ranges[0]?.prefix
    if (refused && faults.conflictsNow()) return { kind: 'conflict', key: refused }
    const outcome = this.#apply(commit)
    await this.#step()
    return outcome
  }

  #apply(commit: Prepared): CommitOutcome {
    const watchers = this.#watchers
    if (watchers.isEmpty) return this.#disk.apply(commit)
    const outcome = this.#disk.apply(commit, (name) => watchers.touch(Buffer.from(name, 'latin1')))
    watchers.wakeDue()
    return outcome
  }

  takesGrowth(): boolean {
    return true
  }

  watch(prefix: Key, wake: () => void): () => void {
    return this.#watchers.add(prefix, wake)
  }

  async clear(): Promise<void> {
    this.#demandRunning()
    await this.#step()
    this.#disk.clear()
    this.#watchers.touchAll()
    this.#watchers.wakeDue()
  }

  async close(): Promise<void> {
    if (this.#phase.kind !== 'running') return
    this.#phase = { kind: 'closed' }
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
    this.#watchers.clear()
  }

  crash(): void {
    if (this.#phase.kind === 'running') this.#stop('crashed', new Error('crash (injected)'))
  }

  restart(options: MemoryStoreOptions = {}): MemoryStore {
    invariant(this.#phase.kind !== 'running', 'a running memory store cannot be restarted')
    return new MemoryDriver({ clock: this.#clock, ...options }, this.#disk)
  }

  /** A point at which the store may wait or crash. */
  async #step(): Promise<void> {
    const faults = this.#faults
    if (!faults) return
    const delayMs = faults.delayMs()
    if (delayMs > 0) await this.#clock.sleep(delayMs)
    this.#demandAlive()
    if (faults.crashesNow()) this.#stop('crashed', new Error('crash (injected)'))
    this.#demandAlive()
  }

  /** Ends the life of this store: each commit under way has happened or not. */
  #stop(kind: 'crashed' | 'failed', cause: Error): void {
    this.#phase = { kind, cause }
    for (const commit of this.#underWay) if (this.#faults && this.#faults.random() < 0.5) this.#disk.apply(commit)
    this.#underWay.clear()
    this.#watchers.clear()
    this.#onFatal?.(cause)
  }

  #demandRunning(): void {
    this.#demandAlive()
    if (this.#phase.kind === 'closed') throw new StoreClosedError('the store is closed')
  }

  /** What was under way when the store was closed may finish. */
  #demandAlive(): void {
    const phase = this.#phase
    if (phase.kind === 'crashed' || phase.kind === 'failed')
      throw new StoreClosedError(`the store ${phase.kind}`, { cause: phase.cause })
  }
}

// Copies: nobody can change what is on the disk through an entry that was read.
function copyOf(row: Row): Entry {
  return { key: row.key, value: Uint8Array.from(row.value), version: row.version }
}

function entryOf(row: Row | undefined): Entry | undefined {
  return row && copyOf(row)
}
