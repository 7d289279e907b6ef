// Disks that fail: a write that the system refuses, and a sync that fails once, at many places. The store and the blobs
// stop acknowledging, and the next start has everything that was acknowledged.
import assert from 'node:assert/strict'
import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { openFileBlobs } from '#storage/files/file-blobs.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import { valueOf } from './crash-work.ts'

const FATAL_EXIT_CODE = 70
const TIMEOUT_MS = 60_000
const NO_LAST_ID = '100000000'
const LAST_ID = '4000'
const writer = join(import.meta.dirname, 'faulty-writer.ts')

async function freshFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-io-error-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

/** Everything acknowledged is there after the next start, and the file is in order. Returns how much that was. */
async function demandAcknowledged(folder: string, lines: readonly string[]): Promise<number> {
  const path = join(folder, 'store.sqlite')
  const onFatal = (error: Error): void => {
    throw error
  }
  const store = await openSqliteStore({ path, onFatal })
  const blobs = await openFileBlobs({ folder: join(folder, 'blobs') })
  let acknowledged = 0
  for (const line of lines) {
    const [kind, id = '', blob = ''] = line.split(' ')
    if (kind !== 'store' && kind !== 'blob') continue
    acknowledged++
    const found =
      kind === 'store'
        ? ((await store.get(['id', Number(id)]))?.value ?? Buffer.of())
        : Buffer.concat(await Array.fromAsync(blobs.get(blob)))
    assert.ok(valueOf(id).equals(found), `${line} is lost`)
  }
  await store.close()
  await blobs.close()
  const database = new DatabaseSync(path)
  assert.deepEqual(Object.values(database.prepare('PRAGMA integrity_check').get() ?? {}), ['ok'])
  database.close()
  return acknowledged
}

/** Nothing was acknowledged after the failure of its kind. */
function demandSilence(lines: readonly string[], failure: string, acknowledgement: string): void {
  const failedAt = lines.indexOf(failure)
  if (failedAt < 0) return
  assert.ok(!lines.slice(failedAt).some((line) => line.startsWith(acknowledgement)), `acknowledged after ${failure}`)
}

function linesOf({ stdout }: SpawnSyncReturns<string>): string[] {
  return stdout.split('\n').filter((line) => line !== '')
}

// The limit on the size of files, in blocks of 512 bytes, gives EFBIG, which SQLite reports as an I/O error. The first
// limit hits the log; the others let it grow far enough for a checkpoint to hit the database.
for (const blocks of [2_000, 12_000, 20_001])
  test(`a write that fails after ${blocks / 2} KB stops the store and loses nothing`, async (t) => {
    const folder = await freshFolder(t)
    const limit = ['-c', `ulimit -f ${blocks} && exec "$0" "$@"`, process.execPath, writer, folder, NO_LAST_ID]
    const run = spawnSync('sh', limit, { encoding: 'utf8', timeout: TIMEOUT_MS })
    assert.equal(run.status, FATAL_EXIT_CODE, run.stderr)
    const lines = linesOf(run)
    assert.ok(lines.includes('store-fatal'), lines.slice(-5).join(', '))
    demandSilence(lines, 'store-fatal', 'store ')
    t.diagnostic(`${await demandAcknowledged(folder, lines)} acknowledged writes`)
  })

const compiler = ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0)
const skip =
  process.platform !== 'linux'
    ? 'LD_PRELOAD is of Linux'
    : compiler === undefined
      ? 'no C compiler is installed'
      : false
if (skip) console.log(`skipped: syncs that fail (${skip})`)

async function buildShim(t: TestContext): Promise<string> {
  const shim = join(await freshFolder(t), 'disk-faults.so')
  const source = join(import.meta.dirname, 'disk-faults.c')
  const built = spawnSync(compiler ?? '', ['-shared', '-fPIC', '-o', shim, source, '-ldl', '-lpthread'])
  assert.equal(built.status, 0, String(built.stderr))
  return shim
}

test('a sync that fails once, wherever it is, is never acknowledged over, and nothing is lost', { skip }, async (t) => {
  const shim = await buildShim(t)
  const seen = { opening: 0, store: 0, blobs: 0, unnoticed: 0 }
  // The first syncs are those of opening; then commits and blobs mix, with a checkpoint now and then.
  const places = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 17, 23, 34, 57, 120, 260, 470]
  for (const place of places) {
    const folder = await freshFolder(t)
    const run = spawnSync(process.execPath, [writer, folder, LAST_ID], {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      env: { ...process.env, LD_PRELOAD: shim, MAYFLY_FAIL_SYNC: String(place) },
    })
    const lines = linesOf(run)
    if (run.status === FATAL_EXIT_CODE) {
      if (lines.includes('store-fatal')) seen.store++
      else seen.blobs++
      demandSilence(lines, 'store-fatal', 'store ')
      demandSilence(lines, 'blobs-failed', 'blob ')
    } else if (run.status === 0) {
      // SQLite does not look at what the sync of a folder says; the store syncs the folder once more before it begins.
      assert.ok(place < 9, `sync ${place} was not noticed`)
      seen.unnoticed++
    } else {
      assert.equal(run.status, 1, `sync ${place}: ${run.signal ?? ''} ${run.stderr}`)
      assert.equal(lines.length, 0)
      seen.opening++
    }
    await demandAcknowledged(folder, lines)
  }
  t.diagnostic(JSON.stringify(seen))
  assert.ok(seen.store > 0 && seen.blobs > 0)
})

test('a sync that fails beside the writer, while the log is brought in, stops the store too', { skip }, async (t) => {
  const shim = await buildShim(t)
  // The second is that of the folder, at which SQLite does not look and which the store has synced before.
  for (const place of [1, 3, 4]) {
    const folder = await freshFolder(t)
    const run = spawnSync(process.execPath, [writer, folder, LAST_ID], {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      // What the kernel keeps of the name.
      env: {
        ...process.env,
        LD_PRELOAD: shim,
        MAYFLY_FAIL_SYNC: String(place),
        MAYFLY_FAIL_SYNC_THREAD: 'mayfly-checkpoi',
      },
    })
    assert.equal(run.status, FATAL_EXIT_CODE, run.stderr)
    const lines = linesOf(run)
    demandSilence(lines, 'store-fatal', 'store ')
    t.diagnostic(`${await demandAcknowledged(folder, lines)} acknowledged writes`)
  }
})
