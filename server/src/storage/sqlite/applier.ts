// Applies a batch of commits in one transaction of the database. Each commit's checks run before any of its writes, so a
// commit that conflicts needs no rollback of its own.
//
// The answer is a row of numbers: for each commit its version and then the sequence of each append, or, for a conflict,
// the index of the failed check as a negative number (-1: the first check; ranges count on), or 0 for what the disk has no
// room for.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { encodeKeyInto, KEY_SCRATCH_BYTES } from '../key.ts'
import { ABSENT, BatchReader } from './batch.ts'
import { NO_ROOM } from './channel.ts'
import { prepareForArrays } from './database.ts'
import { Growth, type Room } from './growth.ts'
import { LOG_COUNTERS_MAX, PAGE_BYTES, PAGES_PER_ROW, VERSION_BLOCK } from './limits.ts'

interface LogCounter {
  last: number
  readonly key: Uint8Array
}

export class Applier {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #version: StatementSync
  readonly #range: StatementSync
  readonly #set: StatementSync
  readonly #delete: StatementSync
  readonly #readLog: StatementSync
  readonly #writeLog: StatementSync
  readonly #readMeta: StatementSync
  readonly #writeMeta: StatementSync
  // As in the file, or ahead of it inside a transaction; forgotten after a rollback.
  readonly #logs = new Map<string, LogCounter>()
  readonly #changedLogs = new Set<LogCounter>()
  #lastVersion = 0
  #versionMax = 0
  readonly #growth: Growth
  #rows = 0
  #pages = 0
  readonly #entryKey = Buffer.alloc(KEY_SCRATCH_BYTES * 2)

  constructor(database: DatabaseSync) {
    this.#database = database
    const prepare = (sql: string): StatementSync => prepareForArrays(database, sql)
    this.#begin = prepare('BEGIN IMMEDIATE')
    this.#commit = prepare('COMMIT')
    this.#version = prepare('SELECT version FROM kv WHERE k = ?')
    this.#range = prepare('SELECT count(*), max(version) FROM (SELECT version FROM kv WHERE k >= ? AND k < ? LIMIT ?)')
    this.#set = prepare(
      'INSERT INTO kv VALUES (?, ?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v, version = excluded.version',
    )
    this.#delete = prepare('DELETE FROM kv WHERE k = ?')
    this.#readLog = prepare('SELECT last FROM log WHERE k = ?')
    this.#writeLog = prepare('INSERT INTO log VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET last = excluded.last')
    this.#readMeta = prepare("SELECT value FROM meta WHERE name = 'version'")
    this.#writeMeta = prepare("UPDATE meta SET value = ? WHERE name = 'version'")
    this.#growth = new Growth(database)
    this.#versionMax = this.#lastVersion = firstNumber(this.#readMeta.get()) ?? 0
  }

  /** Writes once, so that the write-ahead log exists. Throws what SQLite throws. */
  begin(): void {
    this.#transaction(() => this.#takeVersions())
  }

  /** What there was room for on the disk when the last batch came. */
  get room(): Room {
    return this.#growth.room
  }

  /** About how many pages the last batch wrote. */
  get pages(): number {
    return this.#pages
  }

  /** What the last batch left of the room in the free pages of the file; undefined where it did not matter. */
  get growthBytes(): number | undefined {
    return this.#growth.room === 'ample' ? undefined : this.#growth.budgetBytes
  }

  /**
   * Applies `commits` commits, as far as there is room for them; when it returns they are on disk. Throws what SQLite throws,
   * with nothing applied.
   */
  apply(buffer: ArrayBuffer, commits: number, answer: Float64Array, room: Room): void {
    const batch = new BatchReader(buffer)
    this.#rows = 0
    this.#transaction(() => {
      this.#growth.begin(room)
      let at = 0
      for (let left = commits; left > 0; left--) at = this.#applyOne(batch, answer, at)
    })
    this.#pages = this.#rows * PAGES_PER_ROW + Math.trunc(batch.position / PAGE_BYTES)
  }

  /** Deletes everything; versions go on. */
  clear(): void {
    this.#logs.clear()
    this.#transaction(() => this.#database.exec('DELETE FROM kv; DELETE FROM log'))
  }

  #transaction(work: () => void): void {
    try {
      this.#begin.run()
      work()
      for (const log of this.#changedLogs) this.#writeLog.run(log.key, log.last)
      this.#commit.run()
    } catch (error) {
      this.#logs.clear()
      this.#versionMax = this.#lastVersion
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    } finally {
      this.#changedLogs.clear()
      if (this.#logs.size > LOG_COUNTERS_MAX) this.#logs.clear()
    }
  }

  #applyOne(batch: BatchReader, answer: Float64Array, start: number): number {
    const head = batch.head()
    const end = start + 1 + head.appends
    for (let index = 0; index < head.checks + head.ranges; index++) {
      if (index < head.checks ? this.#holds(batch) : this.#rangeHolds(batch)) continue
      batch.skipChecks(head, index + 1)
      batch.skipWrites(head)
      answer[start] = -1 - index
      return end
    }
    if (this.#growth.room !== 'ample' && !this.#growth.admits(batch, head)) {
      batch.skipWrites(head)
      answer[start] = NO_ROOM
      return end
    }
    const version = this.#nextVersion()
    answer[start] = version
    this.#rows += head.deletes + head.sets + head.appends
    for (let left = head.deletes; left > 0; left--) this.#delete.run(batch.key())
    for (let left = head.sets; left > 0; left--) this.#set.run(batch.key(), batch.value(), version)
    for (let at = start + 1; at < end; at++) answer[at] = this.#append(batch, version)
    return end
  }

  #holds(batch: BatchReader): boolean {
    const found = firstNumber(this.#version.get(batch.key())) ?? ABSENT
    return found === batch.number()
  }

  #rangeHolds(batch: BatchReader): boolean {
    const [start, end, entries, newest] = [batch.key(), batch.key(), batch.number(), batch.number()]
    const found = this.#range.get(start, end, entries + 1)
    return Array.isArray(found) && Number(found[0]) === entries && Number(found[1] ?? 0) === newest
  }

  #append(batch: BatchReader, version: number): number {
    const log = this.#log(batch.key())
    const sequence = ++log.last
    this.#changedLogs.add(log)
    this.#entryKey.set(log.key)
    const end = encodeKeyInto([sequence], this.#entryKey, log.key.length)
    this.#set.run(this.#entryKey.subarray(0, end), batch.value(), version)
    return sequence
  }

  #log(key: Buffer): LogCounter {
    const name = key.toString('latin1')
    let log = this.#logs.get(name)
    if (!log) {
      log = { key: Uint8Array.from(key), last: firstNumber(this.#readLog.get(key)) ?? 0 }
      this.#logs.set(name, log)
    }
    return log
  }

  #nextVersion(): number {
    if (this.#lastVersion >= this.#versionMax) this.#takeVersions()
    return ++this.#lastVersion
  }

  #takeVersions(): void {
    this.#versionMax = this.#lastVersion + VERSION_BLOCK
    this.#writeMeta.run(this.#versionMax)
  }
}

function firstNumber(row: unknown): number | undefined {
  return Array.isArray(row) ? Number(row[0]) : undefined
}
