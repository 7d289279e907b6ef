// The database file: its tables, its format number, and how connections to it are set up.
//
//   kv     every entry: the encoded key, the value, the version. A rowid table on purpose: WITHOUT ROWID pushes values of
//          about 1 KB into overflow pages and is 2-4 times slower and larger.
//   log    the last sequence that each log gave out; never goes back.
//   meta   'version': versions up to this one may have been given out.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { OperatorError } from '#base/errors.ts'
import { BUSY_TIMEOUT_MS, LOG_BYTES_KEPT_MAX, PAGE_BYTES, READER_CACHE_KIB, WRITER_CACHE_KIB } from './limits.ts'

/** Written to PRAGMA application_id: "Mfly". */
const APPLICATION_ID = 0x4d66_6c79
const FORMAT = 1

const TABLES = `
  CREATE TABLE kv (k BLOB NOT NULL PRIMARY KEY, v BLOB NOT NULL, version INTEGER NOT NULL);
  CREATE TABLE log (k BLOB NOT NULL PRIMARY KEY, last INTEGER NOT NULL);
  CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL);
  INSERT INTO meta VALUES ('version', 0);
`

/**
 * Opens the file for writing; makes the tables in a new one. Throws OperatorError when the file is not Mayfly's, or was
 * written by a newer Mayfly.
 */
export function openForWriting(path: string, fileBytesMax?: number): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  try {
    demandOurs(database, path)
    database.exec(`
      PRAGMA page_size = ${PAGE_BYTES};
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA journal_size_limit = ${LOG_BYTES_KEPT_MAX};
      PRAGMA cache_size = -${WRITER_CACHE_KIB};
    `)
    if (fileBytesMax !== undefined)
      database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.trunc(fileBytesMax / PAGE_BYTES))}`)
    if (pragma(database, 'user_version') === 0) createTables(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** A connection that only reads. The file must have been opened for writing before. */
export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  database.exec(`PRAGMA cache_size = -${READER_CACHE_KIB}`)
  return database
}

/** A statement whose rows are arrays: objects of a few columns cost more to make than to read. */
export function prepareForArrays(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql)
  statement.setReturnArrays(true)
  return statement
}

/**
 * Takes the file that keeps a second process out; the kernel frees it when the process ends, however it ends. Throws
 * OperatorError when another process has it.
 */
export function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(`${path}.lock`)
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw new OperatorError(
      `the store ${path} is in use by another process`,
      'stop the other Mayfly, or give this one a data folder of its own with --data',
      { cause: error },
    )
  }
}

function createTables(database: DatabaseSync): void {
  database.exec(`BEGIN IMMEDIATE; ${TABLES}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${FORMAT};
    COMMIT`)
}

function demandOurs(database: DatabaseSync, path: string): void {
  const format = pragma(database, 'user_version')
  const application = pragma(database, 'application_id')
  const isEmpty = pragma(database, 'schema_version') === 0
  if (isEmpty && format === 0) return
  if (application !== APPLICATION_ID)
    throw new OperatorError(`${path} is not a Mayfly store`, 'choose another data folder with --data')
  if (format > FORMAT)
    throw new OperatorError(
      `${path} has format ${format}; this Mayfly knows formats up to ${FORMAT}`,
      'it was written by a newer Mayfly: use that one, or choose another data folder with --data',
    )
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
}
