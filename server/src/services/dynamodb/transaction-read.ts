// Several items as they were at one moment: TransactGetItems, and the reads of ExecuteTransaction. They are read, and then a
// commit that writes nothing checks that all of them are still what was read.
import { nameOfKey } from '#storage/key.ts'
import type { Key } from '#storage/store.ts'
import type { TablePlace } from './arn.ts'
import { readUnits, Usage } from './capacity.ts'
import type { DynamoDeps } from './deps.ts'
import { invalid } from './errors.ts'
import { itemKey } from './item-keys.ts'
import { requireTable } from './item-write.ts'
import type { Item } from './language/attribute-value.ts'
import { RACE_PAUSE_MS_MAX, WRITE_ATTEMPTS_MAX } from './limits.ts'
import { StoredItem } from './stored-item.ts'
import type { TableRecord } from './table-record.ts'
import type { Table } from './tables.ts'
import { collect, conflicted, refuseTwice } from './transaction.ts'
import { TRANSACTION_BYTES_MAX } from './transaction-limits.ts'

/** One item of a reading transaction. */
export interface TransactionRead {
  readonly place: TablePlace
  /** The item's key. Throws ValidationException where the request does not fit the schema. */
  key(record: TableRecord): Item
}

export interface ReadItem {
  readonly record: TableRecord
  readonly stored: StoredItem | undefined
  readonly usage: Usage
}

/** Throws TransactionCanceledException, and whatever refuses the request as a whole. */
export async function readTransaction(
  deps: DynamoDeps,
  reads: readonly TransactionRead[],
): Promise<readonly ReadItem[]> {
  const tables: Table[] = []
  for (const { place } of reads) tables.push(await requireTable(deps, place))
  const located = collect(reads, (read, index) => {
    const table = tables[index]
    if (table === undefined) throw new TypeError('a read without its table')
    return { record: table.record, key: itemKey(table.record, read.key(table.record)) }
  })
  refuseTwice(located.map(({ key }) => nameOfKey(key)))
  for (const record of new Set(located.map(({ record }) => record))) deps.throughput.admit(record, 'read')
  const items = await readAtOnce(
    deps,
    located.map(({ key }) => key),
  )
  return located.map(({ record }, index) => {
    const stored = items[index]
    const usage = new Usage('read')
    usage.addTable(readUnits(stored?.sizeBytes ?? 0, 'transaction'))
    deps.throughput.spend(record, usage)
    return { record, stored, usage }
  })
}

/** Reads without asking anybody; where writers are always faster, in turn with those of this process. */
async function readAtOnce(deps: DynamoDeps, keys: readonly Key[]): Promise<readonly (StoredItem | undefined)[]> {
  const { turns, clock, random } = deps
  const items = (await tryToRead(deps, keys)) ?? (await turns.runAll(keys.map(nameOfKey), () => tryAgain()))
  if (items.reduce((sum, item) => sum + (item?.sizeBytes ?? 0), 0) > TRANSACTION_BYTES_MAX)
    throw invalid('Collection size of the items in the transaction exceeds 4 MB')
  return items

  async function tryAgain(): Promise<readonly (StoredItem | undefined)[]> {
    for (let attempt = 2; attempt <= WRITE_ATTEMPTS_MAX; attempt++) {
      const found = await tryToRead(deps, keys)
      if (found !== undefined) return found
      await clock.sleep(random() * Math.min(RACE_PAUSE_MS_MAX, 2 ** attempt))
    }
    throw conflicted(keys.length)
  }
}

/** Undefined when one of them was changed meanwhile. */
async function tryToRead(
  { store }: DynamoDeps,
  keys: readonly Key[],
): Promise<readonly (StoredItem | undefined)[] | undefined> {
  const entries = await store.getMany(keys)
  const checks = keys.map((key, index) => ({ key, version: entries[index]?.version ?? null }))
  const isOneMoment = keys.length === 1 || (await store.commit({ checks })).kind === 'committed'
  return isOneMoment ? entries.map((entry) => entry && new StoredItem(entry.value)) : undefined
}
