// Power cuts: a writer runs with every change of its disk written down; then, for many moments, what a disk may hold after
// a power cut at that moment is made, and looked at. See disk-log.ts.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { seededRandom } from '#base/ids.ts'
import { encodeKey } from '#storage/key.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import { valueOf } from './crash-work.ts'
import { acknowledgedBefore, type DiskRecord, readDiskLog, surviveInto, type Fate } from './disk-log.ts'

// Enough for several checkpoints.
const LAST_ID = '3000'
const FATES: readonly Fate[] = ['lost', 'kept', 'mixed', 'mixed']
const TIMEOUT_MS = 60_000

const compiler = ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0)
/** Why this machine cannot run it, or false. */
const powerCutsSkip =
  process.platform !== 'linux'
    ? 'LD_PRELOAD is of Linux'
    : compiler === undefined
      ? 'no C compiler is installed'
      : false

/** A test that cuts the power so many times. `what` holds after each; `run` throws when it does not. */
export function testPowerCuts(
  cuts: number,
  what: string,
  run: (t: TestContext, cuts: number, seed: number) => Promise<void>,
): void {
  const seed = Number(process.env['MAYFLY_TEST_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
  if (powerCutsSkip) console.log(`skipped: power cuts (${powerCutsSkip})`)
  test(`after each of ${cuts} power cuts ${what} (seed ${seed})`, { skip: powerCutsSkip }, (t) => run(t, cuts, seed))
}

export interface RecordedDisk {
  /** The test's own, gone after it. */
  readonly folder: string
  readonly records: readonly DiskRecord[]
}

/** Runs a script whose first argument is the folder for its data, and writes down what it does there and what it says. */
export async function recordDisk(t: TestContext, script: string, args: readonly string[]): Promise<RecordedDisk> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'mayfly-power-')))
  t.after(() => rm(folder, { recursive: true }))
  const [shim, log, data] = ['disk-log.so', 'disk.log', 'data'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const source = join(import.meta.dirname, 'disk-log.c')
  const built = spawnSync(compiler ?? '', ['-shared', '-fPIC', '-o', shim, source, '-ldl', '-lpthread'], {
    encoding: 'utf8',
  })
  assert.equal(built.status, 0, built.stderr)
  await mkdir(data)
  const run = spawnSync(process.execPath, [script, data, ...args], {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    env: { ...process.env, LD_PRELOAD: shim, MAYFLY_DISK_LOG: log, MAYFLY_DISK_FOLDER: data },
  })
  assert.equal(run.status, 0, run.stderr)
  return { folder, records: readDiskLog(readFileSync(log), data) }
}

/** Runs the writer, then looks at what is left after each of `cuts` power cuts; throws what does not hold. */
export async function runPowerCuts(t: TestContext, cuts: number, seed: number): Promise<void> {
  const { folder, records } = await recordDisk(t, join(import.meta.dirname, 'faulty-writer.ts'), [LAST_ID])
  const random = seededRandom(seed)
  for (let count = 0; count < cuts; count++) {
    const cut = Math.trunc(random() * records.length)
    const fate = FATES[count % FATES.length] ?? 'mixed'
    const target = join(folder, `cut-${count}`)
    surviveInto(target, records, cut, fate, random)
    const acknowledged = acknowledgedBefore(records, cut)
    // Now and then as the next start would; mostly the quick way.
    if (count % 20 === 0) await start(target)
    look(target, acknowledged, `cut ${cut}, ${fate}`)
    await rm(target, { recursive: true })
  }
  t.diagnostic(`${records.length} records, ${acknowledgedBefore(records, records.length).length} acknowledged writes`)
}

async function start(target: string): Promise<void> {
  const store = await openSqliteStore({
    path: join(target, 'store.sqlite'),
    onFatal(error) {
      throw error
    },
  })
  await store.commit({ sets: [{ key: ['after'], value: Buffer.from('the cut') }] })
  await store.close()
}

function look(target: string, acknowledged: readonly string[], where: string): void {
  const path = join(target, 'store.sqlite')
  if (acknowledged.length === 0 && !existsSync(path)) return
  const database = new DatabaseSync(path)
  try {
    const tables = database.prepare("SELECT count(*) AS tables FROM sqlite_schema WHERE name = 'kv'").get()
    assert.deepEqual(Object.values(database.prepare('PRAGMA integrity_check').get() ?? {}), ['ok'], where)
    if (acknowledged.length === 0 && tables?.['tables'] === 0) return
    const get = database.prepare('SELECT v FROM kv WHERE k = ?')
    for (const line of acknowledged) {
      const [kind, id = '', blob = ''] = line.split(' ')
      const found =
        kind === 'store'
          ? get.get(encodeKey(['id', Number(id)]))?.['v']
          : readFileSync(join(target, 'blobs', 'objects', blob.slice(0, 4), blob))
      assert.ok(found instanceof Uint8Array && valueOf(id).equals(found), `${where}: ${line} is lost`)
    }
  } finally {
    database.close()
  }
}
