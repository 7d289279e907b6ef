// Durable commits per second of the SQLite store: 1 KB values under random keys, with 1 and 64 writers, in turns with two
// floors on the same disk:
//   raw    write 1 KB and fdatasync, over and over in one preallocated file: what the disk gives
//   each   the same table and settings, one transaction for each put on the calling thread: SQLite without group commit
// Both tables hold every second key at the start, so that half of the puts insert and half update, and no table is smaller
// than the other: what is written meanwhile makes both grow by a part. Every round runs floors, target, floors; a ratio is
// taken within its round, and the median of the rounds is told. CPU time is that of all threads of the process.
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteStore } from '../server/src/storage/sqlite/sqlite-store.ts'
import { encodeKey } from '../server/src/storage/key.ts'
import type { Store } from '../server/src/storage/store.ts'
import type { BenchRow } from './row.ts'

const ROUNDS = 9
const FLOOR_MS = 200
const TARGET_MS = 700
const KEYS = 200_000
const FILL_BATCH = 500
const RAW_FILE_BYTES = 4 * 1024 * 1024
const LAG_SAMPLE_MS = 2
const value = Buffer.alloc(1024, 'v')

interface Target {
  readonly rate: number
  readonly cpuUs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly lagP99Ms: number
}

/** Measures; takes about 35 seconds. */
export async function run(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-store-'))
  const raw = new RawFloor(join(folder, 'raw'))
  const each = new EachFloor(join(folder, 'each.sqlite'))
  const path = join(folder, 'store.sqlite')
  const fail = (error: Error): void => {
    throw error
  }
  const store = await openSqliteStore({ path, onFatal: fail })
  try {
    await fill(store)
    each.fill()
    const rows = [...(await commits(store, 1, raw, each)), ...(await commits(store, 64, raw, each))]
    rows.push(await gets(store), await transactions(store))
    await store.close()
    rows.push(await opening(path), await clearing(path))
    return rows
  } finally {
    raw.close()
    each.close()
    rmSync(folder, { recursive: true })
  }
}

async function commits(store: Store, writers: number, raw: RawFloor, each: EachFloor): Promise<BenchRow[]> {
  const targets: Target[] = []
  const toRaw: number[] = []
  const toEach: number[] = []
  await put(store, writers, FLOOR_MS)
  for (let round = 0; round < ROUNDS; round++) {
    const before = { raw: raw.rate(), each: each.rate() }
    const target = await put(store, writers, TARGET_MS)
    const after = { raw: raw.rate(), each: each.rate() }
    targets.push(target)
    toRaw.push(target.rate / ((before.raw + after.raw) / 2))
    toEach.push(target.rate / ((before.each + after.each) / 2))
  }
  const rate = median(targets.map((target) => target.rate))
  const name = `store: 1 KB commits, ${writers} writer${writers === 1 ? '' : 's'}`
  const many = writers > 1
  return [
    {
      name,
      value: rate,
      unit: '/s',
      floor: `raw write + fdatasync ${round(raw.median())}/s`,
      ratio: median(toRaw),
      ...(many && { target: '>= 5' }),
      note: `rounds ${range(toRaw)}`,
    },
    {
      name,
      value: rate,
      unit: '/s',
      floor: `one transaction each ${round(each.median())}/s`,
      ratio: median(toEach),
      ...(many && { target: '>= 8' }),
      note: `rounds ${range(toEach)}`,
    },
    {
      name: `${name}, p99`,
      value: median(targets.map((target) => target.p99Ms)),
      unit: 'ms',
      ...(many && { target: '<= 15 ms' }),
      note: `p50 ${median(targets.map((target) => target.p50Ms)).toFixed(2)} ms`,
    },
    {
      name: `${name}, loop lag p99`,
      value: median(targets.map((target) => target.lagP99Ms)),
      unit: 'ms',
      ...(many && { target: '<= 10 ms' }),
    },
    {
      name: `${name}, CPU time`,
      value: median(targets.map((target) => target.cpuUs)),
      unit: 'µs',
      note: `one transaction each ${each.medianCpuUs().toFixed(0)} µs`,
    },
  ]
}

/** Every second key. */
async function fill(store: Store): Promise<void> {
  for (const batch of fillBatches()) await store.commit({ sets: batch.map((key) => ({ key, value })) })
}

function* fillBatches(): Generator<(readonly [string, number])[]> {
  for (let start = 0; start < KEYS; start += FILL_BATCH * 2)
    yield Array.from({ length: FILL_BATCH }, (_, index) => ['bench', start + index * 2] as const)
}

async function put(store: Store, writers: number, forMs: number): Promise<Target> {
  const latencies: number[] = []
  const lags: number[] = []
  let expected = performance.now() + LAG_SAMPLE_MS
  const lag = setInterval(() => {
    lags.push(Math.max(0, performance.now() - expected))
    expected = performance.now() + LAG_SAMPLE_MS
  }, LAG_SAMPLE_MS)
  const cpuBefore = process.cpuUsage()
  const startMs = performance.now()
  const endMs = startMs + forMs
  const writer = async (): Promise<void> => {
    for (let beganMs = startMs; beganMs < endMs;) {
      await store.commit({ sets: [{ key: randomKey(), value }] })
      const doneMs = performance.now()
      latencies.push(doneMs - beganMs)
      beganMs = doneMs
    }
  }
  await Promise.all(Array.from({ length: writers }, writer))
  clearInterval(lag)
  return {
    rate: (latencies.length / (performance.now() - startMs)) * 1000,
    cpuUs: cpuUsSince(cpuBefore) / latencies.length,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    lagP99Ms: quantile(lags, 0.99),
  }
}

async function gets(store: Store): Promise<BenchRow> {
  const rates: number[] = []
  for (let turn = 0; turn < ROUNDS; turn++) {
    const startMs = performance.now()
    for (let count = 0; count < 20_000; count++) await store.get(randomKey())
    rates.push(20_000 / ((performance.now() - startMs) / 1000))
  }
  return { name: 'store: gets of 1 KB, random keys', value: median(rates), unit: '/s', note: 'some keys are absent' }
}

/** A commit as a service makes it: one record checked and set, two index entries, one outbox append. */
async function transactions(store: Store): Promise<BenchRow> {
  const small = value.subarray(0, 300)
  let count = 0
  const startMs = performance.now()
  const writer = async (id: number): Promise<void> => {
    for (let step = 0; performance.now() - startMs < TARGET_MS * 2; step++, count++) {
      const key = ['record', id, step]
      await store.commit({
        checks: [{ key, version: null }],
        sets: [
          { key, value: small },
          { key: ['record#a', step, id], value: encodeKey(key) },
          { key: ['record#b', id, -step], value: encodeKey(key) },
        ],
        appends: [{ log: ['outbox', id % 4], value: small }],
      })
    }
  }
  await Promise.all(Array.from({ length: 64 }, (_, id) => writer(id)))
  const rate = (count / (performance.now() - startMs)) * 1000
  return {
    name: 'store: commits of 1 check, 3 sets, 1 append, 64 writers',
    value: rate,
    unit: '/s',
    note: 'four rows written each',
  }
}

async function opening(path: string): Promise<BenchRow> {
  // As the command has it: the storage thread then strips no types.
  enableCompileCache(`${path}.cache`)
  await (await openSqliteStore({ path, onFatal: () => {} })).close()
  const times: number[] = []
  for (let turn = 0; turn < ROUNDS; turn++) {
    const startMs = performance.now()
    const store = await openSqliteStore({ path, onFatal: () => {} })
    times.push(performance.now() - startMs)
    await store.close()
  }
  return { name: 'store: open', value: median(times), unit: 'ms', target: '<= 50 ms', note: 'compile cache on' }
}

async function clearing(path: string): Promise<BenchRow> {
  const store = await openSqliteStore({ path, onFatal: () => {} })
  await store.clear()
  const times: number[] = []
  for (let turn = 0; turn < ROUNDS; turn++) {
    for (let start = 0; start < 10_000; start += 500)
      await store.commit({
        sets: Array.from({ length: 500 }, (_, index) => ({ key: ['clear', start + index], value })),
      })
    const startMs = performance.now()
    await store.clear()
    times.push(performance.now() - startMs)
  }
  await store.close()
  return { name: 'store: clear 10,000 entries of 1 KB', value: median(times), unit: 'ms', target: '<= 15 ms' }
}

class RawFloor {
  readonly #file: number
  readonly #rates: number[] = []

  constructor(path: string) {
    this.#file = openSync(path, 'w')
    writeSync(this.#file, Buffer.alloc(RAW_FILE_BYTES))
    fdatasyncSync(this.#file)
  }

  rate(): number {
    const startMs = performance.now()
    let count = 0
    for (; performance.now() - startMs < FLOOR_MS; count++) {
      writeSync(this.#file, value, 0, value.length, (count * value.length) % RAW_FILE_BYTES)
      fdatasyncSync(this.#file)
    }
    return keep(this.#rates, (count / (performance.now() - startMs)) * 1000)
  }

  median(): number {
    return median(this.#rates)
  }

  close(): void {
    closeSync(this.#file)
  }
}

class EachFloor {
  readonly #database: DatabaseSync
  readonly #rates: number[] = []
  readonly #cpuUs: number[] = []

  constructor(path: string) {
    this.#database = new DatabaseSync(path)
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768;
      CREATE TABLE kv (k BLOB NOT NULL PRIMARY KEY, v BLOB NOT NULL, version INTEGER NOT NULL)`)
  }

  fill(): void {
    const put = this.#database.prepare('INSERT INTO kv VALUES (?, ?, 0)')
    for (const batch of fillBatches()) {
      this.#database.exec('BEGIN')
      for (const key of batch) put.run(encodeKey(key), value)
      this.#database.exec('COMMIT')
    }
  }

  rate(): number {
    const put = this.#database.prepare(
      'INSERT INTO kv VALUES (?, ?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v, version = excluded.version',
    )
    const cpuBefore = process.cpuUsage()
    const startMs = performance.now()
    let count = 0
    for (; performance.now() - startMs < FLOOR_MS; count++) put.run(encodeKey(randomKey()), value, count)
    keep(this.#cpuUs, cpuUsSince(cpuBefore) / count)
    return keep(this.#rates, (count / (performance.now() - startMs)) * 1000)
  }

  medianCpuUs(): number {
    return median(this.#cpuUs)
  }

  median(): number {
    return median(this.#rates)
  }

  close(): void {
    this.#database.close()
  }
}

function keep(figures: number[], figure: number): number {
  figures.push(figure)
  return figure
}

function cpuUsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function randomKey(): readonly [string, number] {
  return ['bench', Math.trunc(Math.random() * KEYS)]
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.trunc(sorted.length * share))] ?? 0
}

function range(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)}`
}

function round(value: number): string {
  return Math.round(value).toLocaleString('en')
}

if (import.meta.main)
  for (const row of await run())
    process.stdout.write(
      `${row.name}: ${row.value.toFixed(2)} ${row.unit}${row.ratio ? `, ${row.ratio.toFixed(2)} x ${row.floor}` : ''}` +
        `${row.target ? ` (target ${row.target})` : ''}${row.note ? `; ${row.note}` : ''}\n`,
    )
