// Lets go of usage that is older than it is kept.
import type { Collection } from '#storage/collection.ts'
import type { Key, Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { DAYS_KEPT, HOURS_KEPT } from './limits.ts'
import { DAY_MS, HOUR_MS, type Usage, usageDays, usageHours, usageOfAccounts } from './usage-record.ts'

/** Rows of one commit. */
const SWEEP_ROWS = 500

/** Deletes what ended before its time is over. */
export async function sweepUsage(store: Store, nowMs: number): Promise<void> {
  const lastHour = Math.floor(nowMs / HOUR_MS) - HOURS_KEPT
  const lastDay = Math.floor(nowMs / DAY_MS) - DAYS_KEPT
  await sweepBefore(store, usageHours, lastHour)
  await sweepBefore(store, usageDays, lastDay)
  await sweepAccounts(store, lastDay)
}

async function sweepBefore(store: Store, collection: Collection<Usage>, first: number): Promise<void> {
  for (;;) {
    const page = await collection.list(store, { prefix: [], before: [first] }, { limit: SWEEP_ROWS })
    await remove(store, collection, page)
    if (page.length < SWEEP_ROWS) return
  }
}

async function sweepAccounts(store: Store, firstDay: number): Promise<void> {
  for (let after: Key | undefined; ;) {
    const page = await usageOfAccounts.list(store, { prefix: [], ...(after && { after }) }, { limit: SWEEP_ROWS })
    await remove(
      store,
      usageOfAccounts,
      page.filter(({ key }) => Number(key[1]) < firstDay),
    )
    after = page.at(-1)?.key
    if (page.length < SWEEP_ROWS) return
  }
}

async function remove(
  store: Store,
  collection: Collection<Usage>,
  rows: readonly { readonly key: Key }[],
): Promise<void> {
  if (rows.length === 0) return
  await transact(store, async (transaction) => {
    for (const { key } of rows) await collection.delete(transaction, key)
  })
}
