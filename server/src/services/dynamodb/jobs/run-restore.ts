import type { DynamoDeps } from '../deps.ts'
import type { Job } from '../jobs.ts'
import { copyItems } from './copy-items.ts'
import { clearLoaded, finishLoad, tableToLoad } from './load-table.ts'

/** Fills a new table from a backup, or with the items of another table as they were at a moment. */
export async function runRestore(
  deps: DynamoDeps,
  { table, from }: Extract<Job, { readonly kind: 'restore' }>,
  signal: AbortSignal,
): Promise<void> {
  const record = await tableToLoad(deps, table)
  if (record === undefined) return
  await clearLoaded(deps, record, signal)
  await copyItems(deps, from, record, signal)
  await finishLoad(deps, record, signal)
}
