// The tables in PostgreSQL and the statements on them: portable SQL, so that databases that speak its protocol serve too.
//
//   mayfly_kv       every entry. Version 0 is a placeholder: it stands for an absent key while a transaction holds its
//                   lock, and no transaction ever commits one.
//   mayfly_log      the last sequence that each log gave out; never goes back.
//   mayfly_version  a sequence that gives each batch its block of versions, always after its locks are held: so of two
//                   commits that touch the same key the later one has the higher version.
//   mayfly_meta     the format of these tables.
import type { Pool, QueryArrayConfig } from 'pg'
import { OperatorError } from '#base/errors.ts'
import { BATCH_COMMITS_MAX } from './limits.ts'
import { rawTypes } from './values.ts'

const FORMAT = 1
// Two nodes that make the tables at once: "if not exists" is not safe against that.
const ATTEMPTS_MAX = 5

const TABLES = [
  'CREATE TABLE IF NOT EXISTS mayfly_kv (k bytea PRIMARY KEY, v bytea NOT NULL, version bigint NOT NULL)',
  'CREATE TABLE IF NOT EXISTS mayfly_log (k bytea PRIMARY KEY, last bigint NOT NULL)',
  `CREATE SEQUENCE IF NOT EXISTS mayfly_version INCREMENT BY ${BATCH_COMMITS_MAX}`,
  'CREATE TABLE IF NOT EXISTS mayfly_meta (name text PRIMARY KEY, value bigint NOT NULL)',
  `INSERT INTO mayfly_meta VALUES ('format', ${FORMAT}) ON CONFLICT (name) DO NOTHING`,
]

/** Makes the tables if they are missing. Throws OperatorError when a newer Mayfly made them. */
export async function ensureSchema(pool: Pool): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      for (const statement of TABLES) await pool.query(statement)
      break
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error
    }
  }
  const { rows } = await pool.query<{ value: string }>("SELECT value FROM mayfly_meta WHERE name = 'format'")
  const format = Number(rows[0]?.value)
  if (format > FORMAT)
    throw new OperatorError(
      `the database has format ${format}; this Mayfly knows formats up to ${FORMAT}`,
      'it was written by a newer Mayfly: use that one, or another database',
    )
}

function named(name: string, text: string): (values: unknown[]) => QueryArrayConfig {
  return (values) => ({ name: `mayfly-${name}`, text, values, rowMode: 'array', types: rawTypes })
}

/** Prepared by each connection when it is first used there. Keys and values travel as arrays. */
export const statements = {
  get: named('get', 'SELECT v, version FROM mayfly_kv WHERE k = $1'),
  getMany: named('get-many', 'SELECT k, v, version FROM mayfly_kv WHERE k = ANY($1)'),
  listUp: named('list-up', 'SELECT k, v, version FROM mayfly_kv WHERE k >= $1 AND k < $2 ORDER BY k LIMIT $3'),
  listDown: named('list-down', 'SELECT k, v, version FROM mayfly_kv WHERE k >= $1 AND k < $2 ORDER BY k DESC LIMIT $3'),

  // Locks each key in the order given, whether there is an entry or not. `WHERE false`: the lock only.
  lockKeys: named(
    'lock-keys',
    `INSERT INTO mayfly_kv SELECT k, ''::bytea, 0 FROM unnest($1::bytea[]) AS wanted (k)
     ON CONFLICT (k) DO UPDATE SET version = mayfly_kv.version WHERE false`,
  ),
  lockLogs: named(
    'lock-logs',
    `INSERT INTO mayfly_log SELECT k, 0 FROM unnest($1::bytea[]) AS wanted (k)
     ON CONFLICT (k) DO UPDATE SET last = mayfly_log.last WHERE false`,
  ),
  versions: named('versions', 'SELECT k, version FROM mayfly_kv WHERE k = ANY($1) AND version > 0'),
  counters: named('counters', 'SELECT k, last FROM mayfly_log WHERE k = ANY($1)'),
  nextVersions: named('next-versions', "SELECT nextval('mayfly_version')"),

  // After next-versions on the same connection; the third array says how far above the first version each is.
  put: named(
    'put',
    `INSERT INTO mayfly_kv
     SELECT k, v, currval('mayfly_version') + above FROM unnest($1::bytea[], $2::bytea[], $3::bigint[]) AS wanted (k, v, above)
     ON CONFLICT (k) DO UPDATE SET v = excluded.v, version = excluded.version`,
  ),
  remove: named('remove', 'DELETE FROM mayfly_kv WHERE k = ANY($1)'),
  removePlaceholders: named('remove-placeholders', 'DELETE FROM mayfly_kv WHERE k = ANY($1) AND version = 0'),
  putCounters: named(
    'put-counters',
    `INSERT INTO mayfly_log SELECT * FROM unnest($1::bytea[], $2::bigint[])
     ON CONFLICT (k) DO UPDATE SET last = excluded.last`,
  ),

  /** Rises when any node takes versions; says nothing about what is visible yet. */
  position: named('position', 'SELECT last_value FROM mayfly_version'),
}
