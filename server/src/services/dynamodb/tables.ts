// The tables, as their records say, kept decoded in memory. Memory is a cache: every write checks the version of the record
// that it was made by, and any change of a record, here or on another node, empties the cache.
import { randomHex } from '#base/ids.ts'
import { InvariantError } from '#base/errors.ts'
import { LIST_PAGE_MAX, type Key, type Store } from '#storage/store.ts'
import { transact, type Transaction } from '#storage/transact.ts'
import type { Place, TablePlace } from './arn.ts'
import { noTable } from './errors.ts'
import { TABLES_KEPT_MAX } from './limits.ts'
import { tableCodec, tableKey, TABLES_PREFIX, type TableRecord } from './table-record.ts'

/** A table at one version of its record. */
export interface Table {
  readonly record: TableRecord
  readonly recordKey: Key
  readonly version: number
}

/** A new place for items or entries, never used before. */
export function newSpace(): string {
  return randomHex(8)
}

export class Tables {
  readonly #store: Store
  readonly #kept = new Map<string, Table>()
  #generation = 0

  constructor(store: Store) {
    this.#store = store
  }

  /** Begins to hear of changes; returns the function that ends it. */
  watch(): () => void {
    return this.#store.watch([TABLES_PREFIX], () => this.forget())
  }

  /** Forgets everything: it is read again. */
  forget(): void {
    this.#generation++
    this.#kept.clear()
  }

  /** The table as it is kept, without a turn of the loop; undefined when it must be read. */
  kept({ account, region, name }: TablePlace): Table | undefined {
    return this.#kept.get(`${account}/${region}/${name}`)
  }

  /** Undefined when there is no such table. */
  async find(place: TablePlace): Promise<Table | undefined> {
    const kept = this.kept(place)
    if (kept !== undefined) return kept
    const generation = this.#generation
    const table = await this.read(this.#store, place)
    if (table !== undefined && generation === this.#generation) this.#keep(place, table)
    return table
  }

  #keep({ account, region, name }: TablePlace, table: Table): void {
    const oldest = this.#kept.size >= TABLES_KEPT_MAX ? this.#kept.keys().next().value : undefined
    if (oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(`${account}/${region}/${name}`, table)
  }

  /** Past the cache: inside of a transaction the record becomes a check. */
  async read(reader: Pick<Store, 'get'>, place: TablePlace): Promise<Table | undefined> {
    const recordKey = tableKey(place)
    const entry = await reader.get(recordKey)
    return entry && { record: tableCodec.decode(entry.value), recordKey, version: entry.version }
  }

  /**
   * Changes a table's record, and whatever else `change` writes with it, in one commit. Throws ResourceNotFoundException
   * when there is no such table, and what `change` throws. Answers the new record; `undefined` from `change` deletes it.
   */
  async change(
    place: TablePlace,
    change: (
      record: TableRecord,
      transaction: Transaction,
    ) => Promise<TableRecord | undefined> | TableRecord | undefined,
  ): Promise<TableRecord | undefined> {
    const changed = await transact(this.#store, async (transaction) => {
      const table = await this.read(transaction, place)
      if (table === undefined) throw noTable(place.name)
      const next = await change(table.record, transaction)
      if (next === undefined) transaction.delete(table.recordKey)
      else if (next !== table.record) transaction.set(table.recordKey, tableCodec.encode(next))
      return next
    })
    this.forget()
    return changed
  }

  /** As `change` for what never deletes the table. */
  async update(
    place: TablePlace,
    change: (record: TableRecord, transaction: Transaction) => Promise<TableRecord> | TableRecord,
  ): Promise<TableRecord> {
    const changed = await this.change(place, change)
    if (changed === undefined) throw new InvariantError('a change that must not delete a table did')
    return changed
  }

  /** Runs `make` in one commit that may add records; then what was kept is read again. */
  async create<T>(make: (transaction: Transaction) => Promise<T>): Promise<T> {
    const made = await transact(this.#store, make)
    this.forget()
    return made
  }

  /** A page of the table names of a place, in order. */
  async names({ account, region }: Place, after: string | undefined, limit: number): Promise<readonly string[]> {
    const prefix = [TABLES_PREFIX, account, region]
    const range = { prefix, ...(after !== undefined && { after: [...prefix, after] }) }
    const entries = await this.#store.list(range, { limit })
    return entries.map(({ key }) => String(key[3]))
  }

  /** How many tables a place has. */
  async count(place: Place): Promise<number> {
    let count = 0
    for (let after: string | undefined; ;) {
      const names = await this.names(place, after, LIST_PAGE_MAX)
      count += names.length
      if (names.length < LIST_PAGE_MAX) return count
      after = names.at(-1)
    }
  }

  /** All tables of all accounts: for background work. */
  async *all(): AsyncGenerator<TableRecord> {
    for (let after: Key | undefined; ;) {
      const entries = await this.#store.list({ prefix: [TABLES_PREFIX], ...(after && { after }) })
      for (const { value } of entries) yield tableCodec.decode(value)
      if (entries.length < LIST_PAGE_MAX) return
      after = entries.at(-1)?.key
    }
  }
}
