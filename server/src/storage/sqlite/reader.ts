// The reading half of the SQLite driver: a connection of its own, prepared statements, rows as arrays.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { InvariantError } from '#base/errors.ts'
import { byteRange, holdGetMany, pageLimit } from '../bounds.ts'
import { decodeKey, encodeKey } from '../key.ts'
import type { Entry, Key, ListOptions, Range } from '../store.ts'

// From this many keys on one read transaction is cheaper than a lock for each, and it gives one snapshot.
const SNAPSHOT_KEYS_MIN = 2

export class SqliteReader {
  readonly #database: DatabaseSync
  readonly #get: StatementSync
  readonly #up: StatementSync
  readonly #down: StatementSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    const prepare = (sql: string): StatementSync => {
      const statement = database.prepare(sql)
      statement.setReturnArrays(true)
      return statement
    }
    this.#get = prepare('SELECT v, version FROM kv WHERE k = ?')
    this.#up = prepare('SELECT k, v, version FROM kv WHERE k >= ? AND k < ? ORDER BY k LIMIT ?')
    this.#down = prepare('SELECT k, v, version FROM kv WHERE k >= ? AND k < ? ORDER BY k DESC LIMIT ?')
    this.#begin = prepare('BEGIN')
    this.#commit = prepare('COMMIT')
  }

  get(key: Key): Entry | undefined {
    const row: unknown = this.#get.get(encodeKey(key))
    return Array.isArray(row) ? entryOf(key, row[0], row[1]) : undefined
  }

  getMany(keys: readonly Key[]): (Entry | undefined)[] {
    holdGetMany(keys)
    if (keys.length < SNAPSHOT_KEYS_MIN) return keys.map((key) => this.get(key))
    this.#begin.run()
    try {
      return keys.map((key) => this.get(key))
    } finally {
      this.#commit.run()
    }
  }

  list(range: Range, options?: ListOptions): Entry[] {
    const limit = pageLimit(options)
    const { start, end } = byteRange(range)
    const statement = options?.reverse === true ? this.#down : this.#up
    // The statement answers arrays, which its type does not know.
    const rows = statement.all(start, end, limit) as unknown as [unknown, unknown, unknown][]
    return rows.map(([k, v, version]) => entryOf(decodeKey(bytesOf(k)), v, version))
  }

  close(): void {
    this.#database.close()
  }
}

function entryOf(key: Key, value: unknown, version: unknown): Entry {
  return { key, value: bytesOf(value), version: Number(version) }
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new InvariantError('a column of the store is not bytes')
}
