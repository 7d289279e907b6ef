// Work that outlives the request that asked for it: filling an index, deleting what a table left, backups, restores, exports
// and imports. A job is a record, written in the commit of the change that needs it and deleted when it is done, so it goes
// on after a crash; each begins from its beginning then, and may be done twice.
//
//   ['dynamodb.jobs', id]   what is to be done: a Job
import type { Clock } from '#base/clock.ts'
import { newRequestId } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { jsonCodec } from '#storage/collection.ts'
import type { Key, Store } from '#storage/store.ts'
import type { Transaction } from '#storage/transact.ts'
import type { TablePlace } from './arn.ts'
import { JOB_RETRY_MS, JOBS_AT_ONCE_MAX } from './limits.ts'

const JOBS_PREFIX = 'dynamodb.jobs'

export type Job =
  /** Deletes everything below a prefix: items of a table that is gone, a log that nobody reads any more. */
  | { readonly kind: 'clear'; readonly prefix: readonly string[] }
  /** Puts the items that were there before into a new global index, or into the expiry entries. */
  | { readonly kind: 'fill'; readonly table: TablePlace; readonly tableId: string; readonly space: string }
  | { readonly kind: 'backup'; readonly table: TablePlace; readonly tableId: string; readonly backupArn: string }
  /** From a backup, or from a table's items and history when `atMs` is set. */
  | {
      readonly kind: 'restore'
      readonly table: TablePlace
      readonly from: { readonly space: string; readonly history?: string; readonly atMs?: number }
    }
  | { readonly kind: 'export'; readonly account: string; readonly region: string; readonly exportArn: string }
  | { readonly kind: 'import'; readonly table: TablePlace; readonly importArn: string }

const jobCodec = jsonCodec<Job>(1)

/** Does a job to its end, or until the signal. Throws when it must be tried again. */
export type RunJob = (job: Job, signal: AbortSignal) => Promise<void>

export interface JobsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
}

export class Jobs {
  readonly #options: JobsOptions
  readonly #running = new Map<string, Promise<void>>()
  #run: RunJob | undefined
  #stop = new AbortController()
  #isAsked = false
  #looking: Promise<void> | undefined

  constructor(options: JobsOptions) {
    this.#options = options
  }

  /** Who does the jobs; what a former life left begins with the first wake. */
  begin(run: RunJob): void {
    this.#run = run
  }

  /** Writes a job with the transaction; call `wake` when it was committed. */
  add(transaction: Transaction, job: Job): string {
    const id = newRequestId()
    transaction.set([JOBS_PREFIX, id], jobCodec.encode(job))
    return id
  }

  /** Looks for jobs. */
  wake(): void {
    this.#isAsked = true
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
  }

  /** Forgets the jobs of a store that was cleared. */
  forget(): void {
    this.#stop.abort()
    this.#stop = new AbortController()
  }

  /** Resolves when no job is under way. */
  async idle(): Promise<void> {
    while (this.#looking !== undefined || this.#running.size > 0)
      await Promise.all([this.#looking, ...this.#running.values()])
  }

  /** Stops; what is left is done after the next start. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#run = undefined
    await this.idle()
  }

  async #look(): Promise<void> {
    while (this.#isAsked) {
      this.#isAsked = false
      const room = JOBS_AT_ONCE_MAX - this.#running.size
      const entries = await this.#options.store.list({ prefix: [JOBS_PREFIX] }, { limit: JOBS_AT_ONCE_MAX * 2 })
      const waiting = entries.filter(({ key }) => !this.#running.has(String(key[1])))
      for (const { key, value } of waiting.slice(0, room)) this.#start(key, jobCodec.decode(value))
    }
  }

  #start(key: Key, job: Job): void {
    const run = this.#run
    const { signal } = this.#stop
    if (run === undefined || signal.aborted) return
    const id = String(key[1])
    this.#running.set(
      id,
      this.#do(run, key, job, signal).finally(() => {
        this.#running.delete(id)
        if (!signal.aborted) this.wake()
      }),
    )
  }

  async #do(run: RunJob, key: Key, job: Job, signal: AbortSignal): Promise<void> {
    const { store, clock, log } = this.#options
    try {
      await run(job, signal)
      if (!signal.aborted) await store.commit({ deletes: [key] })
    } catch (error) {
      if (signal.aborted) return
      log.error('a job of DynamoDB failed and is tried again', { job: job.kind, error })
      await clock.sleep(JOB_RETRY_MS, signal)
    }
  }
}
