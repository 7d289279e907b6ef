// What SQLite says of its write-ahead log, and the bringing of its pages into the database.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { prepareForArrays } from './database.ts'

export interface LogPages {
  /** In the log, since it started over. */
  readonly all: number
  /** Of these, not in the database yet. */
  readonly left: number
}

export class WriteAheadLog {
  readonly #state: StatementSync
  readonly #checkpoint: StatementSync

  constructor(database: DatabaseSync) {
    const prepare = (sql: string): StatementSync => prepareForArrays(database, sql)
    this.#state = prepare('PRAGMA wal_checkpoint(NOOP)')
    this.#checkpoint = prepare('PRAGMA wal_checkpoint(PASSIVE)')
  }

  pages(): LogPages {
    return pagesOf(this.#state.get())
  }

  /**
   * Brings in all that no reader holds back; returns what there is then. When that was all, and nobody wrote meanwhile, the
   * database is synced, and the next write starts the log over. Throws what SQLite throws.
   */
  checkpoint(): LogPages {
    return pagesOf(this.#checkpoint.get())
  }
}

/** A row of the pragma: whether another connection was at it, pages in the log, pages of these in the database. */
function pagesOf(row: unknown): LogPages {
  const [, all = 0, done = 0] = Array.isArray(row) ? row.map(Number) : []
  return { all, left: all - done }
}
