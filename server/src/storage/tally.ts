// How many records there are below a key, kept beside them: for quotas of so many records that listing them for each new one
// would take too long.
import { Collection, jsonCodec } from './collection.ts'
import type { Key, Store } from './store.ts'
import type { Transaction } from './transact.ts'

export class Tally {
  readonly #counts: Collection<{ readonly count: number }>
  readonly #countAll: (store: Store, key: Key) => Promise<number>

  /** `name`: of the collection. `countAll` counts the records themselves, where nothing has been counted yet. */
  constructor(name: string, countAll: (store: Store, key: Key) => Promise<number>) {
    this.#counts = new Collection({ name, codec: jsonCodec(1) })
    this.#countAll = countAll
  }

  /**
   * The number of records below `key`, as of the transaction's begin. It guards them all: when others are made or deleted
   * meanwhile, the transaction runs again.
   */
  async count(store: Store, transaction: Transaction, key: Key): Promise<number> {
    // Not read through the transaction: it would check every record.
    return (await this.#counts.get(transaction, key))?.value.count ?? this.#countAll(store, key)
  }

  /** In every transaction that makes (1) or deletes (-1) such a record. */
  async add(store: Store, transaction: Transaction, key: Key, by: 1 | -1): Promise<void> {
    await this.#counts.set(transaction, key, { count: (await this.count(store, transaction, key)) + by })
  }

  /** When everything below `key` is gone. */
  forget(transaction: Transaction, key: Key): Promise<void> {
    return this.#counts.delete(transaction, key)
  }
}
