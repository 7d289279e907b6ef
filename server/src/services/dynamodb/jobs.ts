// Work that outlives the request that asked for it: filling an index, deleting what a table left, backups, restores, exports
// and imports. A job is a record, written in the commit of the change that needs it and deleted when it is done, so it goes
// on after a crash; each begins from its beginning then, and may be done twice.
//
//   ['dynamodb.jobs', id]   what is to be done: a Job
import type { Clock } from '#base/clock.ts'
import { newRequestId } from '#base/ids.ts'
import type { Log } from '#base/log.ts'
import { jsonCodec } from '#storage/collection.ts'
import { LIST_PAGE_MAX, type Key, type Store } from '#storage/store.ts'
import type { Transaction } from '#storage/transact.ts'
import type { TablePlace } from './arn.ts'
import { JOB_RETRY_MS, JOBS_AT_ONCE_MAX } from './limits.ts'
import { JOBS_PREFIX } from './table-record.ts'

export type Job =
  /** Deletes everything below a prefix: items of a table that is gone, a log that nobody reads any more. */
  | { readonly kind: 'clear'; readonly prefix: readonly string[] }
  /** Puts the items that were there before into a new global index, or into the expiry entries. */
  | { readonly kind: 'fill'; readonly table: TablePlace; readonly tableId: string; readonly space: string }
  | { readonly kind: 'backup'; readonly backupArn: string; readonly from: { readonly space: string } }
  /** From the items of a backup or a table, as they were at `atMs` where a history is given. */
  | {
      readonly kind: 'restore'
      readonly table: TablePlace
      readonly from: {
        readonly space: string
        readonly undo?: { readonly history: string; readonly atMs: number }
      }
    }
  | {
      readonly kind: 'export'
      readonly exportArn: string
      readonly scratch: string
      readonly from: {
        readonly space: string
        readonly undo?: { readonly history: string; readonly atMs: number }
      }
    }
  | { readonly kind: 'import'; readonly table: TablePlace; readonly importArn: string }

/** The spaces and histories that a job reads: they must not be cleared before it is done. */
function reads(job: Job): readonly string[] {
  if (!('from' in job)) return []
  const undo = 'undo' in job.from ? job.from.undo : undefined
  return undo === undefined ? [job.from.space] : [job.from.space, undo.history]
}

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
    if (this.#stop.signal.aborted) return
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
    const { signal } = this.#stop
    while (this.#isAsked && !signal.aborted) {
      this.#isAsked = false
      try {
        await this.#startWaiting()
      } catch (error) {
        if (signal.aborted) return
        this.#options.log.error('the jobs of DynamoDB cannot be read', { error })
        this.#options.clock.after(JOB_RETRY_MS, () => this.wake())
      }
    }
  }

  async #startWaiting(): Promise<void> {
    const entries = await this.#options.store.list({ prefix: [JOBS_PREFIX] }, { limit: LIST_PAGE_MAX })
    const jobs = entries.map(({ key, value }) => ({ key, job: jobCodec.decode(value) }))
    const read = new Set(jobs.flatMap(({ job }) => reads(job)))
    const waiting = jobs.filter(
      ({ key, job }) => !this.#running.has(String(key[1])) && !(job.kind === 'clear' && read.has(job.prefix[1] ?? '')),
    )
    const room = JOBS_AT_ONCE_MAX - this.#running.size
    for (const { key, job } of waiting.slice(0, room)) this.#start(key, job)
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
