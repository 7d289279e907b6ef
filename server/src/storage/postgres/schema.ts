// The tables in PostgreSQL and the statements on them: portable SQL but for the advisory locks, so that databases that speak
// its protocol serve too where they have those, or run all transactions as if one by one.
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
/** Of Mayfly's advisory locks: "Mfly". */
const LOCK_CLASS = 0x4d66_6c79
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
  // Each number is a collection's, doubled, and one more for whoever wants it alone: in the order given.
  lockCollections: named(
    'lock-collections',
    `SELECT CASE WHEN wanted & 1 = 0 THEN pg_advisory_xact_lock_shared(${LOCK_CLASS}, (wanted >> 1)::int)
                 ELSE pg_advisory_xact_lock(${LOCK_CLASS}, (wanted >> 1)::int) END
     FROM unnest($1::bigint[]) AS locks (wanted)`,
  ),
  range: named(
    'range',
    'SELECT k, version FROM mayfly_kv WHERE k >= $1 AND k < $2 AND version > 0 ORDER BY k LIMIT $3',
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
