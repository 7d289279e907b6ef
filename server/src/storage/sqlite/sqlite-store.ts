// The SQLite driver. Reads use a read-only connection on the calling thread: a prepared statement answers from the page
// cache in microseconds, far less than a message to another thread costs. Writes go to the storage thread in batches
// (group commit): when the writer is idle the waiting commits leave together, and what arrives meanwhile is the next
// batch. No timer: a batch leaves at the end of the loop turn in which its first commit came, or when the writer answers.
//
//   open ──close()──▶ closing (what waits is written) ──▶ closed
//    └──the writer fails──▶ failed: nothing is acknowledged any more, onFatal is called, the process must end
//
// Invariant: while something waits, either a request is under way or a departure is scheduled. So nobody waits for ever.
import { once } from 'node:events'
import type { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { InvariantError, OperatorError } from '#base/errors.ts'
import { compileCacheEnvironment } from '#base/short-thread.ts'
import { holdCommit } from '../bounds.ts'
import type { DiskSpace } from '../disk/disk-space.ts'
import {
  DiskFullError,
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
import type { WriterAnswer, WriterData, WriterRequest } from './channel.ts'
import { openForReading, takeLock } from './database.ts'
import { BUFFER_BYTES_KEPT_MAX, GATHERED_BYTES_MIN, QUEUE_BYTES_MAX, QUEUE_COMMITS_MAX } from './limits.ts'
import { PendingBatch } from './pending-batch.ts'
import { SqliteReader } from './reader.ts'

export interface SqliteStoreOptions {
  /** The database file; its folder exists. Beside it appear `-wal`, `-shm` and `.lock`. */
  readonly path: string
  /** Called as soon as no other process has the file open, or can open it. The thread that writes is only starting then. */
  readonly onLocked?: () => void
  /**
   * Called once when writing has failed for good (I/O error, damaged file, dead writer). The process must end: the next
   * start recovers by replay.
   */
  readonly onFatal: (error: Error) => void
  /** The thread that writes gives back what its start left in memory. Default: no. */
  readonly compacts?: boolean
  /** The database file grows to this size and no further: then commits reject with StoreFullError. Default: the disk. */
  readonly fileBytesMax?: number
  /** The disk that the file lies on, and the reserve that gives way when it is full. Default: no look, and no reserve. */
  readonly disk?: {
    readonly space: Pick<DiskSpace, 'isLow' | 'refuse' | 'sawFull'>
    readonly reservePath: string
  }
}

/**
 * Opens the store, making the file when it is missing. Rejects with OperatorError when the file is in use, is not
 * Mayfly's, or was written by a newer Mayfly.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const lock = takeLock(options.path)
  options.onLocked?.()
  let worker: Worker | undefined
  try {
    worker = await startWriter(options)
    return new SqliteStore(worker, openForReading(options.path), lock, options)
  } catch (error) {
    await worker?.terminate()
    lock.close()
    throw error
  }
}

async function startWriter({ path, fileBytesMax, disk, compacts = false }: SqliteStoreOptions): Promise<Worker> {
  const workerData: WriterData = { path, fileBytesMax, reservePath: disk?.reservePath, compacts }
  // No execArgv: flags such as --input-type are meant for the main thread.
  const worker = new Worker(new URL('./writer.ts', import.meta.url), {
    workerData,
    name: 'mayfly-store',
    execArgv: [],
    env: compileCacheEnvironment(),
  })
  // `once` rejects with what the thread throws while it opens the file.
  const [answer] = (await once(worker, 'message')) as [WriterAnswer]
  if (answer.kind === 'refused') throw new OperatorError(answer.message, answer.hint)
  return worker
}

/** Deleting everything waits its turn among the batches. */
class PendingClear {
  readonly done = Promise.withResolvers<void>()
}

type Phase =
  | { readonly kind: 'open' }
  | { readonly kind: 'closing'; readonly closed: Promise<void> }
  | { readonly kind: 'failed'; readonly cause: Error }

class SqliteStore implements Store {
  readonly #worker: Worker
  readonly #reader: SqliteReader
  readonly #lock: DatabaseSync
  readonly #onFatal: (error: Error) => void
  readonly #disk: NonNullable<SqliteStoreOptions['disk']>['space'] | undefined
  // What the writer said last; undefined where it did not need to look.
  #growthBytes: number | undefined
  readonly #watchers = new Watchers()
  #phase: Phase = { kind: 'open' }

  // Oldest first. The last one, if it is a batch, is being filled.
  readonly #queue: (PendingBatch | PendingClear)[] = []
  #queuedCommits = 0
  #queuedBytes = 0
  #underWay: PendingBatch | PendingClear | undefined
  #departureScheduled = false
  // A buffer that came back from the writer.
  #spare: ArrayBuffer | undefined
  #whenIdle: (() => void) | undefined
  // What the writer reported last, about to be told.
  #failure: Error | undefined
  readonly #writerClosed = Promise.withResolvers<void>()

  constructor(worker: Worker, database: DatabaseSync, lock: DatabaseSync, { onFatal, disk }: SqliteStoreOptions) {
    this.#worker = worker
    this.#reader = new SqliteReader(database)
    this.#lock = lock
    this.#onFatal = onFatal
    this.#disk = disk?.space
    worker.on('message', (answer: WriterAnswer) => this.#onAnswer(answer))
    worker.on('error', (error) => this.#failSoon(asError(error)))
    worker.on('exit', (code) => this.#onExit(code))
    // An idle store does not keep the process alive.
    worker.unref()
  }

  async get(key: Key): Promise<Entry | undefined> {
    this.#demandReadable()
    return this.#reader.get(key)
  }

  async getMany(keys: readonly Key[]): Promise<readonly (Entry | undefined)[]> {
    this.#demandReadable()
    return this.#reader.getMany(keys)
  }

  async list(range: Range, options?: ListOptions): Promise<readonly Entry[]> {
    this.#demandReadable()
    return this.#reader.list(range, options)
  }

  commit(commit: Commit): Promise<CommitOutcome> {
    try {
      const valueBytes = holdCommit(commit)
      this.#demandWritable()
      const batch = this.#batchFor(valueBytes)
      const before = batch.bytes
      const outcome = batch.add(commit, valueBytes)
      this.#queuedCommits++
      this.#queuedBytes += batch.bytes - before
      return outcome
    } catch (error) {
      return Promise.reject(error)
    }
  }

  takesGrowth(): boolean {
    return this.#disk?.isLow !== true || (this.#growthBytes ?? Infinity) > GATHERED_BYTES_MIN
  }

  watch(prefix: Key, wake: () => void): () => void {
    return this.#watchers.add(prefix, wake)
  }

  async clear(): Promise<void> {
    this.#demandWritable()
    const clear = new PendingClear()
    this.#enqueue(clear)
    await clear.done.promise
  }

  close(): Promise<void> {
    if (this.#phase.kind === 'closing') return this.#phase.closed
    const closed = this.#phase.kind === 'open' ? this.#close() : this.#abandon()
    this.#phase = { kind: 'closing', closed }
    return closed
  }

  async #close(): Promise<void> {
    if (this.#queue.length > 0 || this.#underWay) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
    this.#worker.ref()
    // The last connection that closes brings the log into the database: that must be the writer.
    this.#reader.close()
    this.#send({ kind: 'close' })
    await this.#writerClosed.promise
    await this.#release()
  }

  /** After a failure: what is in the log is for the next start. */
  async #abandon(): Promise<void> {
    this.#reader.close()
    await this.#release()
  }

  async #release(): Promise<void> {
    this.#watchers.clear()
    await this.#worker.terminate()
    this.#lock.close()
  }

  #batchFor(valueBytes: number): PendingBatch {
    if (this.#queuedCommits >= QUEUE_COMMITS_MAX || this.#queuedBytes + valueBytes > QUEUE_BYTES_MAX)
      throw new StoreFullError('too many commits wait for the disk')
    const last = this.#queue.at(-1)
    if (last instanceof PendingBatch && !last.isFullFor(valueBytes)) return last
    const batch = new PendingBatch(this.#spare)
    this.#spare = undefined
    this.#enqueue(batch)
    return batch
  }

  /** The oldest leaves when this loop turn is over, so that all that the turn commits goes together. */
  #enqueue(pending: PendingBatch | PendingClear): void {
    this.#queue.push(pending)
    if (this.#underWay || this.#departureScheduled) return
    this.#departureScheduled = true
    setImmediate(() => {
      this.#departureScheduled = false
      this.#depart()
    })
  }

  #depart(): void {
    if (this.#underWay || this.#phase.kind === 'failed') return
    const next = this.#queue.shift()
    if (!next) return this.#idle()
    this.#underWay = next
    this.#worker.ref()
    if (next instanceof PendingClear) return this.#send({ kind: 'clear' })
    this.#queuedCommits -= next.commits
    this.#queuedBytes -= next.bytes
    const buffer = next.takeBuffer()
    const isLow = this.#disk?.isLow === true
    this.#send({ kind: 'apply', buffer, commits: next.commits, appends: next.appends, isLow }, [buffer])
  }

  #idle(): void {
    this.#worker.unref()
    this.#whenIdle?.()
  }

  #send(request: WriterRequest, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer)
  }

  #onAnswer(answer: WriterAnswer): void {
    // Whoever is told of a commit below must see it.
    this.#reader.renew()
    if (answer.kind === 'failed') return this.#failSoon(asError(answer.error))
    if (answer.kind === 'closed') return this.#writerClosed.resolve()
    const request = this.#underWay
    this.#underWay = undefined
    // The writer goes on before anyone is told: what is told makes more work.
    this.#depart()
    if (request instanceof PendingBatch) this.#settleBatch(request, answer)
    else if (request) this.#settleClear(request, answer)
  }

  #settleBatch(batch: PendingBatch, answer: WriterAnswer): void {
    if (answer.kind === 'full') {
      this.#disk?.sawFull()
      batch.reject(this.#refuse(answer.message))
    } else if (answer.kind === 'applied') {
      if (answer.sawFull) this.#disk?.sawFull()
      this.#growthBytes = answer.growthBytes
      this.#acknowledge(batch, answer.buffer, answer.results)
    } else throw new InvariantError(`the writer answered ${answer.kind} to a batch`)
    if (answer.buffer && answer.buffer.byteLength <= BUFFER_BYTES_KEPT_MAX) this.#spare = answer.buffer
  }

  #acknowledge(batch: PendingBatch, buffer: ArrayBuffer, results: Float64Array): void {
    batch.settle(results, () => this.#refuse())
    if (this.#watchers.isEmpty) return
    batch.touch(this.#watchers, buffer, results)
    this.#watchers.wakeDue()
  }

  #settleClear({ done }: PendingClear, answer: WriterAnswer): void {
    if (answer.kind === 'full') return done.reject(this.#refuse(answer.message))
    done.resolve()
    this.#watchers.touchAll()
    this.#watchers.wakeDue()
  }

  #refuse(cause?: string): DiskFullError {
    return this.#disk?.refuse(cause) ?? new DiskFullError(cause ?? 'the database takes no more')
  }

  #onExit(code: number): void {
    if (this.#phase.kind === 'closing') this.#writerClosed.resolve()
    else this.#failSoon(new Error(`the storage thread ended with code ${code}`))
  }

  /** What a thread has said may come without a pause, its end included: who was acknowledged before hears of it first. */
  #failSoon(cause: Error): void {
    if (this.#failure) return
    this.#failure = cause
    setImmediate(() => this.#fail(cause))
  }

  #fail(cause: Error): void {
    if (this.#phase.kind === 'failed') return
    const wasOpen = this.#phase.kind === 'open'
    if (wasOpen) this.#phase = { kind: 'failed', cause }
    const error = new StoreClosedError(`the store has failed: ${cause.message}`, { cause })
    for (const pending of [this.#underWay, ...this.#queue]) {
      if (pending instanceof PendingBatch) pending.reject(error)
      else pending?.done.reject(error)
    }
    this.#underWay = undefined
    this.#queue.length = 0
    this.#writerClosed.resolve()
    this.#whenIdle?.()
    this.#onFatal(cause)
  }

  /** After a failure reads go on: what is on the disk is still true. */
  #demandReadable(): void {
    if (this.#phase.kind === 'closing') throw new StoreClosedError('the store is closed')
  }

  #demandWritable(): void {
    this.#demandReadable()
    if (this.#phase.kind === 'failed')
      throw new StoreClosedError(`the store has failed: ${this.#phase.cause.message}`, { cause: this.#phase.cause })
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
