// The reading half of the SQLite driver: a connection of its own, prepared statements, rows as arrays.
//
// A read transaction costs as many system calls as the reading itself. So all reads of one turn of the event loop, from the
// second on, share one; it ends with the turn, or before anyone hears of a newer commit (`renew`).
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { InvariantError } from '#base/errors.ts'
import { byteRange, holdGetMany, pageLimit } from '../bounds.ts'
import { decodeKey, encodeKey } from '../key.ts'
import type { Entry, Key, ListOptions, Range } from '../store.ts'
import { prepareForArrays } from './database.ts'

// From this many keys on one read transaction is cheaper than a lock for each, and it gives one snapshot.
const SNAPSHOT_KEYS_MIN = 2

/** What this turn has read so far. */
type Turn = 'nothing' | 'once' | 'snapshot'

export class SqliteReader {
  readonly #database: DatabaseSync
  readonly #get: StatementSync
  readonly #up: StatementSync
  readonly #down: StatementSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  #turn: Turn = 'nothing'

  constructor(database: DatabaseSync) {
    this.#database = database
    const prepare = (sql: string): StatementSync => prepareForArrays(database, sql)
    this.#get = prepare('SELECT v, version FROM kv WHERE k = ?')
    this.#up = prepare('SELECT k, v, version FROM kv WHERE k >= ? AND k < ? ORDER BY k LIMIT ?')
    this.#down = prepare('SELECT k, v, version FROM kv WHERE k >= ? AND k < ? ORDER BY k DESC LIMIT ?')
    this.#begin = prepare('BEGIN')
    this.#commit = prepare('COMMIT')
  }

  get(key: Key): Entry | undefined {
    this.#share()
    const row: unknown = this.#get.get(encodeKey(key))
    return Array.isArray(row) ? entryOf(key, row[0], row[1]) : undefined
  }

  getMany(keys: readonly Key[]): (Entry | undefined)[] {
    holdGetMany(keys)
    if (keys.length >= SNAPSHOT_KEYS_MIN) this.#snapshot()
    return keys.map((key) => this.get(key))
  }

  list(range: Range, options?: ListOptions): Entry[] {
    this.#share()
    const limit = pageLimit(options)
    const { start, end } = byteRange(range)
    const statement = options?.reverse === true ? this.#down : this.#up
    // The statement answers arrays, which its type does not know.
    const rows = statement.all(start, end, limit) as unknown as [unknown, unknown, unknown][]
    return rows.map(([k, v, version]) => entryOf(decodeKey(bytesOf(k)), v, version))
  }

  /** What is read from now on sees everything that is in the database now. */
  renew(): void {
    // An error may have ended the transaction.
    if (this.#turn === 'snapshot' && this.#database.isOpen && this.#database.isTransaction) this.#commit.run()
    if (this.#turn === 'snapshot') this.#turn = 'once'
  }

  close(): void {
    this.renew()
    this.#database.close()
  }

  /** Before each read. */
  #share(): void {
    if (this.#turn === 'snapshot') return
    if (this.#turn === 'once') return this.#snapshot()
    this.#turn = 'once'
    setImmediate(() => {
      this.renew()
      this.#turn = 'nothing'
    })
  }

  #snapshot(): void {
    if (this.#turn === 'snapshot') return
    if (this.#turn === 'nothing') this.#share()
    this.#begin.run()
    this.#turn = 'snapshot'
  }
}

function entryOf(key: Key, value: unknown, version: unknown): Entry {
  return { key, value: bytesOf(value), version: Number(version) }
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new InvariantError('a column of the store is not bytes')
}
