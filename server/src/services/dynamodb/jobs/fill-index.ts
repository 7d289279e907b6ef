// Puts the items that a table had into an index that was added later, or into its expiry entries. Writes of items serve the
// new index from the commit that added it on; here each old item follows, with a check that it has not changed since it
// was read: if it has, its writer has done the work.
import type { Entry, Write } from '#storage/store.ts'
import type { DynamoDeps } from '../deps.ts'
import { entryOf, expiryEntry } from '../item-write.ts'
import type { Job } from '../jobs.ts'
import { StoredItem } from '../stored-item.ts'
import { SPACE_PREFIX, type TableRecord } from '../table-record.ts'
import type { Table } from '../tables.ts'
import { countSpace } from './copy-items.ts'
import { eachBatch } from './each-entry.ts'
import { groupsOf } from './groups.ts'

type FillJob = Extract<Job, { readonly kind: 'fill' }>

export async function fillIndex(deps: DynamoDeps, job: FillJob, signal: AbortSignal): Promise<void> {
  const table = await currentTable(deps, job)
  if (table === undefined) return
  for await (const entries of eachBatch(deps, { prefix: [SPACE_PREFIX, table.record.space] }, signal))
    for (const group of groupsOf(entries)) {
      const now = await currentTable(deps, job)
      if (now === undefined) return
      await fillGroup(deps, now, job.space, group)
    }
  if (signal.aborted) return
  await finish(deps, job, signal)
}

/** Undefined when the table or the index is gone: then there is nothing left to do. */
async function currentTable({ tables, store }: DynamoDeps, job: FillJob): Promise<Table | undefined> {
  const table = await tables.read(store, job.table)
  if (table?.record.id !== job.tableId) return undefined
  const { indexes, timeToLive } = table.record
  const isWanted = timeToLive?.space === job.space || indexes.some((index) => index.space === job.space)
  return isWanted ? table : undefined
}

async function fillGroup(deps: DynamoDeps, table: Table, space: string, entries: readonly Entry[]): Promise<void> {
  const made = entries.flatMap((entry) => {
    const write = entryFor(table.record, space, new StoredItem(entry.value))
    return write === undefined ? [] : [{ entry, write }]
  })
  if (made.length === 0) return
  const outcome = await deps.store.commit({
    checks: [
      { key: table.recordKey, version: table.version },
      ...made.map(({ entry }) => ({ key: entry.key, version: entry.version })),
    ],
    sets: made.map(({ write }) => write),
  })
  if (outcome.kind === 'committed') return
  // Somebody changed one of them: the others are done one by one, and that one by its writer.
  if (entries.length > 1) for (const entry of entries) await fillOne(deps, table, space, entry)
  else await fillOne(deps, table, space, entries[0])
}

/** Reads the item anew until it stands still. */
async function fillOne(
  { store, tables }: DynamoDeps,
  { record }: Table,
  space: string,
  old: Entry | undefined,
): Promise<void> {
  if (old === undefined) return
  for (;;) {
    const table = await tables.read(store, record)
    const entry = await store.get(old.key)
    if (entry === undefined || table?.record.id !== record.id) return
    const write = entryFor(table.record, space, new StoredItem(entry.value))
    if (write === undefined) return
    const checks = [
      { key: table.recordKey, version: table.version },
      { key: entry.key, version: entry.version },
    ]
    if ((await store.commit({ checks, sets: [write] })).kind === 'committed') return
  }
}

function entryFor(record: TableRecord, space: string, stored: StoredItem): Write | undefined {
  if (record.timeToLive?.space === space) return expiryEntry(record, stored.item)
  const index = record.indexes.find((found) => found.space === space)
  const entry = index && entryOf(record, index, stored)
  return entry && { key: entry.key, value: entry.value.bytes }
}

async function finish(deps: DynamoDeps, job: FillJob, signal: AbortSignal): Promise<void> {
  const { tables, sizes } = deps
  const table = await currentTable(deps, job)
  if (table === undefined) return
  await sizes.flush()
  await sizes.set(table.record, new Map([[job.space, await countSpace(deps, job.space, signal)]]))
  await tables.update(job.table, (record) => {
    if (record.timeToLive?.space === job.space)
      return { ...record, timeToLive: { ...record.timeToLive, phase: 'active' } }
    const indexes = record.indexes.map((index) =>
      index.space === job.space ? { ...index, phase: 'active' as const } : index,
    )
    return { ...record, indexes }
  })
}
