// A write that the system refuses in the middle (the limit on the size of files gives EFBIG, which SQLite reports as an
// I/O error): the store stops acknowledging, and the next start has every acknowledged write.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'

const FATAL_EXIT_CODE = 70

// In blocks of 512 bytes: the first hits the log, the others grow far enough for a checkpoint to hit the database.
for (const blocks of [2_000, 12_000, 20_001])
  test(`an I/O error after ${blocks / 2} KB stops the store and loses nothing`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'mayfly-io-error-'))
    t.after(() => rm(folder, { recursive: true }))
    const path = join(folder, 'store.sqlite')
    const writer = join(import.meta.dirname, 'limited-writer.ts')
    const { status, stdout, stderr } = spawnSync(
      'sh',
      ['-c', `ulimit -f ${blocks} && exec "$0" "$@"`, process.execPath, writer, path],
      { encoding: 'utf8', timeout: 60_000 },
    )
    assert.equal(status, FATAL_EXIT_CODE, stderr)
    const lines = stdout.trim().split('\n')
    assert.equal(lines.at(-1), 'fatal', 'nothing was acknowledged after the failure')
    const store = await openSqliteStore({
      path,
      onFatal(error) {
        throw error
      },
    })
    for (const line of lines.slice(0, -1)) {
      const id = Number(line.split(' ')[1])
      const entry = await store.get(['id', id])
      assert.ok(entry && Buffer.from(entry.value).equals(Buffer.alloc(2000, id)), `write ${id} is lost`)
    }
    await store.close()
    const database = new DatabaseSync(path)
    assert.deepEqual(Object.values(database.prepare('PRAGMA integrity_check').get() ?? {}), ['ok'])
    database.close()
    t.diagnostic(`${lines.length - 1} acknowledged writes`)
  })
