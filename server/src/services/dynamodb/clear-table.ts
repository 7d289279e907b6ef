// What a deleted table or index leaves in the Store, handed to jobs that clear it.
import type { Transaction } from '#storage/transact.ts'
import type { DynamoDeps } from './deps.ts'
import { historyPrefix } from './history-record.ts'
import { SPACE_PREFIX, type TableRecord } from './table-record.ts'
import { sizeKeys } from './table-sizes.ts'

/** Everything but the stream, which stays readable for a day. */
export function clearTable({ jobs }: Pick<DynamoDeps, 'jobs'>, record: TableRecord, transaction: Transaction): void {
  const spaces = [record.space, ...record.indexes.map((index) => index.space)]
  if (record.timeToLive !== undefined) spaces.push(record.timeToLive.space)
  for (const space of spaces) jobs.add(transaction, { kind: 'clear', prefix: [SPACE_PREFIX, space] })
  if (record.history !== undefined)
    jobs.add(transaction, { kind: 'clear', prefix: historyPrefix(record.history.space) })
  for (const key of sizeKeys(record.space)) transaction.delete(key)
}
