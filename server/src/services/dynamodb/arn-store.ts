// Reading, changing and listing what is kept under an ARN: backups, exports, imports.
import { transact, type Transaction } from '#storage/transact.ts'
import { LIST_PAGE_MAX, type Store } from '#storage/store.ts'
import type { Place } from './arn.ts'
import type { ArnRecords } from './backup-record.ts'

/** Undefined when there is none of that ARN. */
export async function readByArn<T>(
  store: Pick<Store, 'get'>,
  records: ArnRecords<T>,
  arn: string,
): Promise<T | undefined> {
  const key = records.keyOf(arn)
  const entry = key && (await store.get(key))
  return entry && records.decode(entry.value)
}

/** Changes what is there; nothing when it is gone. */
export async function changeByArn<T>(
  store: Store,
  records: ArnRecords<T>,
  arn: string,
  change: (record: T) => T,
): Promise<void> {
  await transact(store, async (transaction) => {
    const found = await readByArn(transaction, records, arn)
    if (found !== undefined) writeByArn(transaction, records, arn, change(found))
  })
}

export function writeByArn<T>(transaction: Transaction, records: ArnRecords<T>, arn: string, record: T): void {
  const key = records.keyOf(arn)
  if (key === undefined) throw new TypeError(`${arn} is no ARN of a ${records.kind}`)
  transaction.set(key, records.encode(record))
}

/** All of a place, or of one table, that `isWanted`, behind the ARN `after`, at most `limit`. */
export async function listByArn<T extends { readonly arn: string }>(
  store: Store,
  records: ArnRecords<T>,
  place: Place,
  options: {
    readonly table?: string | undefined
    readonly after?: string | undefined
    readonly limit: number
    readonly isWanted?: (record: T) => boolean
  },
): Promise<{ readonly found: readonly T[]; readonly more: boolean }> {
  const prefix = records.prefixOf(place, options.table)
  const found: T[] = []
  for (let after = options.after === undefined ? undefined : records.keyOf(options.after); ;) {
    const entries = await store.list({ prefix, ...(after && { after }) }, { limit: LIST_PAGE_MAX })
    for (const { key, value } of entries) {
      after = key
      const record = records.decode(value)
      if (options.isWanted?.(record) === false) continue
      if (found.length === options.limit) return { found, more: true }
      found.push(record)
    }
    if (entries.length < LIST_PAGE_MAX) return { found, more: false }
  }
}
