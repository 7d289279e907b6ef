// The PostgreSQL driver: for clusters. Reads go to the primary, so they see every acknowledged commit of every node.
// Commits go in batches, as in the SQLite driver, but up to WRITERS_MAX of them are under way at once.
//
//   open ──close()──▶ closing (what waits is written) ──▶ closed
//
// When the database is away, commits reject with StoreUnavailableError and later ones try again: there is no failed state,
// the database itself sees to its disk.
import { Pool, type ClientConfig, type PoolClient, type QueryArrayConfig, type QueryArrayResult } from 'pg'
import { systemClock, type Clock } from '#base/clock.ts'
import { OperatorError } from '#base/errors.ts'
import { randomHex, systemRandom } from '#base/ids.ts'
import { byteRange, holdCommit, holdGetMany, pageLimit } from '../bounds.ts'
import { decodeKey, encodeKey } from '../key.ts'
import {
  StoreClosedError,
  StoreFullError,
  type Commit,
  type CommitOutcome,
  type Entry,
  type Key,
  type ListOptions,
  type Range,
  type Store,
} from '../store.ts'
import { Watchers } from '../watchers.ts'
import { applyBatch, type BatchResult } from './apply-batch.ts'
import { isLostRace, storeErrorOf } from './failures.ts'
import {
  ATTEMPTS_MAX,
  BATCH_BYTES_MAX,
  BATCH_COMMITS_MAX,
  CONNECTIONS_MAX,
  CONNECT_TIMEOUT_MS,
  IDLE_TRANSACTION_TIMEOUT_MS,
  QUEUE_BYTES_MAX,
  QUEUE_COMMITS_MAX,
  RETRY_PAUSE_MS_MAX,
  STATEMENT_TIMEOUT_MS,
  WRITERS_MAX,
} from './limits.ts'
import { namedKey, prepareCommit, type PreparedCommit } from './prepared-commit.ts'
import { ensureSchema, statements } from './schema.ts'
import { Signals } from './signals.ts'
import { byteaArray, bytesIn, numberIn } from './values.ts'

export interface PostgresStoreOptions {
  /** A connection URL: postgres://user:password@host:port/database, or with ?host=<folder of the Unix socket>. */
  readonly url: string
  readonly clock?: Clock
}

/** Opens the store, making its tables when they are missing. Rejects with OperatorError when it cannot be used. */
export async function openPostgresStore({ url, clock = systemClock }: PostgresStoreOptions): Promise<Store> {
  const connection: ClientConfig = {
    connectionString: url,
    application_name: 'mayfly',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
  }
  const pool = new Pool({ ...connection, pipeline: true, max: CONNECTIONS_MAX })
  // A connection that breaks fails the query that it carries, and is replaced when it is needed: nothing else to do.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  try {
    await ensureSchema(pool)
    await demandDurable(pool)
  } catch (error) {
    await pool.end()
    if (error instanceof OperatorError) throw error
    throw new OperatorError(
      `the database cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      'check that it runs, and the address, user and password given to Mayfly',
      { cause: error },
    )
  }
  const watchers = new Watchers()
  const readPosition = async (): Promise<number> => numberIn((await pool.query(statements.position([]))).rows[0]?.[0])
  const signals = new Signals({ connection, nodeId: randomHex(8), clock, watchers, readPosition })
  await signals.start()
  return new PostgresStore(pool, signals, watchers, clock)
}

/** Acknowledged means on disk: a server that answers before is refused. */
async function demandDurable(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ synchronous_commit?: string; fsync?: string }>(
    "SELECT current_setting('synchronous_commit', true) AS synchronous_commit, current_setting('fsync', true) AS fsync",
  )
  if (rows[0]?.synchronous_commit === 'off' || rows[0]?.fsync === 'off')
    throw new OperatorError(
      'the database acknowledges commits before they are on disk',
      'set synchronous_commit = on and fsync = on in its configuration',
    )
}

interface Waiting {
  readonly commit: PreparedCommit
  readonly resolve: (outcome: CommitOutcome) => void
  readonly reject: (error: Error) => void
}

class PostgresStore implements Store {
  readonly #pool: Pool
  readonly #signals: Signals
  readonly #watchers: Watchers
  readonly #clock: Clock
  #closed: Promise<void> | undefined
  #queue: Waiting[] = []
  #queuedBytes = 0
  #writers = 0
  #reads = 0
  #departureScheduled = false
  #whenIdle: (() => void) | undefined

  constructor(pool: Pool, signals: Signals, watchers: Watchers, clock: Clock) {
    this.#pool = pool
    this.#signals = signals
    this.#watchers = watchers
    this.#clock = clock
  }

  async get(key: Key): Promise<Entry | undefined> {
    const [row] = await this.#read(statements.get([encodeKey(key)]))
    return row && { key, value: bytesIn(row[0]), version: numberIn(row[1]) }
  }

  async getMany(keys: readonly Key[]): Promise<readonly (Entry | undefined)[]> {
    holdGetMany(keys)
    const encoded = keys.map((key) => namedKey(encodeKey(key)))
    const rows = await this.#read(statements.getMany([byteaArray(encoded.map(({ bytes }) => bytes))]))
    const found = new Map(rows.map((row) => [namedKey(bytesIn(row[0])).name, row]))
    return keys.map((key, index) => {
      const row = found.get(encoded[index]?.name ?? '')
      return row && { key, value: bytesIn(row[1]), version: numberIn(row[2]) }
    })
  }

  async list(range: Range, options?: ListOptions): Promise<readonly Entry[]> {
    const limit = pageLimit(options)
    const { start, end } = byteRange(range)
    const statement = options?.reverse === true ? statements.listDown : statements.listUp
    const rows = await this.#read(statement([start, end, limit]))
    return rows.map(([k, v, version]) => ({
      key: decodeKey(bytesIn(k)),
      value: bytesIn(v),
      version: numberIn(version),
    }))
  }

  async #read(query: QueryArrayConfig): Promise<unknown[][]> {
    this.#demandOpen()
    this.#reads++
    try {
      const { rows }: QueryArrayResult<unknown[]> = await this.#pool.query(query)
      return rows
    } catch (error) {
      throw storeErrorOf(error)
    } finally {
      this.#reads--
      this.#noteIdle()
    }
  }

  async commit(commit: Commit): Promise<CommitOutcome> {
    holdCommit(commit)
    const prepared = prepareCommit(commit)
    this.#demandOpen()
    if (this.#queue.length >= QUEUE_COMMITS_MAX || this.#queuedBytes + prepared.size > QUEUE_BYTES_MAX)
      throw new StoreFullError('too many commits wait for the database')
    return new Promise((resolve, reject) => {
      this.#queue.push({ commit: prepared, resolve, reject })
      this.#queuedBytes += prepared.size
      this.#scheduleDeparture()
    })
  }

  /** The disk of the database is its own affair. */
  takesGrowth(): boolean {
    return true
  }

  watch(prefix: Key, wake: () => void): () => void {
    return this.#watchers.add(prefix, wake)
  }

  async clear(): Promise<void> {
    this.#demandOpen()
    try {
      await this.#pool.query('TRUNCATE mayfly_kv, mayfly_log')
    } catch (error) {
      throw storeErrorOf(error)
    }
    this.#signals.publishEverything()
    this.#watchers.touchAll()
    this.#watchers.wakeDue()
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close())
  }

  async #close(): Promise<void> {
    if (!this.#isIdle()) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
    this.#watchers.clear()
    await this.#signals.close()
    await this.#pool.end()
  }

  #demandOpen(): void {
    if (this.#closed) throw new StoreClosedError('the store is closed')
  }

  /** A batch leaves when this loop turn is over, so that all that the turn commits goes together. */
  #scheduleDeparture(): void {
    if (this.#departureScheduled || this.#writers >= WRITERS_MAX) return
    this.#departureScheduled = true
    setImmediate(() => {
      this.#departureScheduled = false
      this.#depart()
    })
  }

  #depart(): void {
    while (this.#queue.length > 0 && this.#writers < WRITERS_MAX) {
      this.#writers++
      void this.#carry(this.#takeBatch())
    }
    this.#noteIdle()
  }

  #noteIdle(): void {
    if (this.#isIdle()) this.#whenIdle?.()
  }

  #isIdle(): boolean {
    return this.#queue.length === 0 && this.#writers === 0 && this.#reads === 0
  }

  #takeBatch(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const { commit } of this.#queue) {
      if (count === BATCH_COMMITS_MAX || (count > 0 && bytes + commit.size > BATCH_BYTES_MAX)) break
      bytes += commit.size
      count++
    }
    const batch = this.#queue.slice(0, count)
    this.#queue = this.#queue.slice(count)
    this.#queuedBytes -= bytes
    return batch
  }

  /** Carries a batch to the database and answers everyone in it; never rejects. */
  async #carry(batch: readonly Waiting[]): Promise<void> {
    try {
      const { outcomes, touched } = await this.#apply(batch.map(({ commit }) => commit))
      for (const [index, outcome] of outcomes.entries()) batch[index]?.resolve(outcome)
      this.#tell(touched)
    } catch (error) {
      for (const { reject } of batch) reject(storeErrorOf(error))
    } finally {
      this.#writers--
      this.#depart()
    }
  }

  #tell(touched: readonly Uint8Array[]): void {
    if (touched.length === 0) return
    this.#signals.publish(touched)
    if (this.#watchers.isEmpty) return
    for (const key of touched) this.#watchers.touch(key)
    this.#watchers.wakeDue()
  }

  async #apply(commits: readonly PreparedCommit[]): Promise<BatchResult> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#pool.connect()
      try {
        const result = await applyBatch(client, commits)
        client.release()
        return result
      } catch (error) {
        await abandon(client, error)
        if (!isLostRace(error) || attempt === ATTEMPTS_MAX) throw error
      }
      await this.#clock.sleep(Math.min(RETRY_PAUSE_MS_MAX, 2 ** attempt) * systemRandom())
    }
  }
}

/** Ends a transaction that failed; the connection is kept only if that works. */
async function abandon(client: PoolClient, error: unknown): Promise<void> {
  if (!isLostRace(error)) return client.release(true)
  const isUsable = await client.query('ROLLBACK').then(
    () => true,
    () => false,
  )
  client.release(!isUsable)
}
