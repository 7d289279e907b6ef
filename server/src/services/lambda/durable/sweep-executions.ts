// Deletes what is kept of executions whose retention is over, the oldest first. The execution itself goes last: what was
// begun is found again.
import type { Store } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import type { Collection } from '#storage/collection.ts'
import { DURABLE_PAGE_BYTES_MAX } from '../limits.ts'
import { events, executionKey, executionNames, executions, nameKey, operations, payloads } from './execution-record.ts'

const PAGE = 100
/** Records of one execution that a commit deletes: each may have an entry in an index. */
const RECORDS_PER_COMMIT = 200
/** The same, where they may be large: they are read before they go. */
const LARGE_RECORDS_PER_COMMIT = 8

export async function sweepExecutions(store: Store, nowMs: number, closing: AbortSignal): Promise<void> {
  while (!closing.aborted) {
    const over = await executions.listIndex(store, 'over', { prefix: [], before: [nowMs] }, { limit: PAGE })
    for (const { value } of over) {
      if (closing.aborted) return
      const atOnce = value.bytes > DURABLE_PAGE_BYTES_MAX ? LARGE_RECORDS_PER_COMMIT : RECORDS_PER_COMMIT
      for (const collection of [operations, events, payloads]) await deleteAll(store, collection, value.id, atOnce)
      await transact(store, async (transaction) => {
        const named = await executionNames.get(transaction, nameKey(value))
        if (named?.value.id === value.id) await executionNames.delete(transaction, nameKey(value))
        await executions.delete(transaction, executionKey(value))
      })
    }
    if (over.length < PAGE) return
  }
}

type Records = Pick<Collection<unknown>, 'list' | 'delete'>

async function deleteAll(store: Store, collection: Records, id: string, atOnce: number): Promise<void> {
  for (;;) {
    const page = await collection.list(store, { prefix: [id] }, { limit: atOnce })
    if (page.length === 0) return
    await transact(store, async (transaction) => {
      for (const { key } of page) await collection.delete(transaction, key)
    })
  }
}
