// Deletes items whose time to live is over. Expired items are found by their expiry entries, which every write of an item
// keeps; the deletion is a write like any other, marked in the stream as the service's own, and happens only if the item
// still says that its time is over.
import type { DynamoDeps } from './deps.ts'
import { changeItem, expiryEntry } from './item-write.ts'
import { nameOfKey } from '#storage/key.ts'
import { JOB_BATCH_ITEMS, TTL_AGE_SECONDS_MAX, TTL_SWEEP_MS } from './limits.ts'
import { StoredItem } from './stored-item.ts'
import { SPACE_PREFIX, type TableRecord } from './table-record.ts'

/** Sweeps until the signal. */
export async function sweepExpired(deps: DynamoDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const table of deps.tables.all())
        if (table.timeToLive !== undefined && !signal.aborted) await sweepTable(deps, table, signal)
    } catch (error) {
      if (!signal.aborted) deps.log.error('deleting expired items failed', { error })
    }
    await deps.clock.sleep(TTL_SWEEP_MS, signal)
  }
}

/** Deletes what has expired in one table. */
export async function sweepTable(deps: DynamoDeps, table: TableRecord, signal: AbortSignal): Promise<void> {
  const { timeToLive } = table
  if (timeToLive === undefined) return
  const nowSeconds = deps.clock.nowMs() / 1000
  const prefix = [SPACE_PREFIX, timeToLive.space]
  const range = { prefix, from: [...prefix, nowSeconds - TTL_AGE_SECONDS_MAX], before: [...prefix, nowSeconds] }
  while (!signal.aborted) {
    const entries = await deps.store.list(range, { limit: JOB_BATCH_ITEMS })
    await Promise.all(
      entries.map(async ({ key, value }) => {
        await changeItem(
          deps,
          table,
          new StoredItem(value).item,
          (before, { record }) => {
            const entry = before && expiryEntry(record, before.item)
            // It was given more time meanwhile.
            return entry === undefined || nameOfKey(entry.key) !== nameOfKey(key)
              ? { kind: 'keep' }
              : { kind: 'delete' }
          },
          { byTimeToLive: true, isMetered: false },
        )
      }),
    )
    if (entries.length < JOB_BATCH_ITEMS) return
  }
}
