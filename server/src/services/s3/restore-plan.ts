// Tells when restores are complete and when restored copies are gone. What is due when stands in the Store, written in the
// commit of the restore, so a crash loses nothing: what fell due meanwhile is told after the next start.
import type { CancelTimer } from '#base/clock.ts'
import { Collection, jsonCodec, type Stored } from '#storage/collection.ts'
import type { Transaction } from '#storage/transact.ts'
import { buckets } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import type { ObjectEventType } from './event-types.ts'
import { objectEventAppends } from './events.ts'
import { internalContext } from './internal-context.ts'
import { KeyHistory } from './key-history.ts'
import { RESTORE_PLAN_BATCH } from './limits.ts'
import { asBuffer } from './object-listing.ts'
import { type ObjectRecord, objects, type Restore } from './object-record.ts'
import { eventVersion, historyAddress, retrying } from './object-write.ts'
import { versionIdText } from './version-id.ts'

type Due = 'ready' | 'gone'

/** Key: [due ms, bucket, key bytes, version id]. */
const plan = new Collection<Due>({ name: 's3.restores', codec: jsonCodec<Due>(1) })
const TIMER_MS_MAX = 24 * 60 * 60 * 1000

/** Notes what this restore makes due, in its commit. One that was extended leaves its old end behind, which then tells nothing. */
export async function planRestore(
  transaction: Transaction,
  bucket: string,
  key: Buffer,
  { versionId, restore }: ObjectRecord,
): Promise<void> {
  if (!restore) return
  const rest = [bucket, key, versionIdText(versionId)]
  await plan.set(transaction, [restore.readyMs, ...rest], 'ready')
  await plan.set(transaction, [restore.expiresMs, ...rest], 'gone')
}

export class RestorePlan {
  readonly #deps: S3Deps
  readonly #closing = new AbortController()
  #cancelTimer: CancelTimer | undefined
  #unwatch: (() => void) | undefined
  #running: Promise<void> | undefined
  #wanted = false

  constructor(deps: S3Deps) {
    this.#deps = deps
  }

  /** Goes through what is due, now and whenever something falls due. */
  start(): void {
    this.#unwatch ??= this.#deps.store.watch([plan.name], () => this.#wake())
    this.#wake()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#unwatch?.()
    this.#cancelTimer?.()
    await this.#running
  }

  #wake(): void {
    this.#wanted = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.#wanted && !this.#closing.signal.aborted) this.#wake()
    })
  }

  async #run(): Promise<void> {
    this.#wanted = false
    const { store, clock, log } = this.#deps
    try {
      for (;;) {
        const page = await plan.list(store, { prefix: [] }, { limit: RESTORE_PLAN_BATCH })
        const due = page.filter(({ key }) => Number(key[0]) <= clock.nowMs())
        for (const entry of due) {
          if (this.#closing.signal.aborted) return
          await this.#tell(entry)
        }
        if (due.length > 0 && due.length === page.length) continue
        this.#arm(page[due.length])
        return
      }
    } catch (error) {
      // The plan stays, and is gone through again with the next restore or start.
      if (!this.#closing.signal.aborted) log.warn('s3.restores.failed', { error })
    }
  }

  #arm(next: Stored<Due> | undefined): void {
    this.#cancelTimer?.()
    if (!next || this.#closing.signal.aborted) return
    const delayMs = Math.min(Number(next.key[0]) - this.#deps.clock.nowMs(), TIMER_MS_MAX)
    this.#cancelTimer = this.#deps.clock.after(Math.max(0, delayMs), () => this.#wake())
  }

  async #tell({ key: planKey, value: what }: Stored<Due>): Promise<void> {
    const [dueMs, name, key, versionId] = [
      Number(planKey[0]),
      String(planKey[1]),
      asBuffer(planKey[2]),
      String(planKey[3]),
    ]
    await retrying(this.#deps, async (transaction) => {
      await plan.delete(transaction, planKey)
      const [bucketEntry, latestEntry] = await transaction.getMany([buckets.keyOf([name]), objects.keyOf([name, key])])
      const bucket = buckets.read(bucketEntry)?.value
      if (!bucket) return
      const history = new KeyHistory(transaction, historyAddress(bucket, key), objects.read(latestEntry)?.value)
      const record = await history.find(versionId)
      if (record?.kind !== 'object' || !record.restore || dueOf(record.restore, what) !== dueMs) return
      if (what === 'gone') {
        const { restore: _restore, ...archived } = record
        await history.replace(archived)
      }
      const type: ObjectEventType = what === 'ready' ? 'ObjectRestore:Completed' : 'ObjectRestore:Delete'
      const sequencer = this.#deps.sequencer(record.sequencer)
      const event = { type, bucket, key: key.toString(), sequencer, ...eventVersion(record), object: record }
      const context = internalContext(bucket, 'RestoreObject', 'restore')
      for (const { log, value } of objectEventAppends(event, { context, nowMs: dueMs, hops: this.#deps.hops }))
        transaction.append(log, value)
    })
  }
}

function dueOf({ readyMs, expiresMs }: Restore, what: Due): number {
  return what === 'ready' ? readyMs : expiresMs
}
