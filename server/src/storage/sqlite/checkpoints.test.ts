import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { Checkpoints } from './checkpoints.ts'
import { openForWriting } from './database.ts'
import { CHECKPOINT_PAGES, LOG_PAGES_MAX, LOOK_PAGES, LOW_CHECKPOINT_PAGES, REST_PAGES_MAX } from './limits.ts'
import { WriteAheadLog } from './write-ahead-log.ts'

/** A row has a page to itself: each insert adds one to the log. */
const ROW_BYTES = 3000

/** A writer without batches. Until it waits it hears nothing of the thread beside it. */
class Writer {
  readonly log: WriteAheadLog
  readonly checkpoints: Checkpoints
  /** What the thread did last: settles when it rests, or has failed. */
  readonly rest = Promise.withResolvers<void>()
  /** How often the log was brought in while the writer waited. */
  broughtIn = 0
  readonly #database: DatabaseSync
  #rows = 0

  /** The thread opens the file `besidePath`. */
  constructor(path: string, besidePath: string) {
    this.#database = openForWriting(path)
    this.log = new WriteAheadLog(this.#database)
    this.checkpoints = new Checkpoints({
      path: besidePath,
      log: this.log,
      bringIn: () => {
        this.broughtIn++
        this.log.checkpoint()
      },
      onFailed: (error) => this.rest.reject(error),
      onRest: () => this.rest.resolve(),
    })
  }

  /** Puts at least so many pages into the log, as one batch. */
  write(pages: number, room: 'ample' | 'upkeep' = 'ample'): void {
    this.#database.exec('BEGIN')
    const insert = this.#database.prepare('INSERT INTO kv VALUES (?, ?, 0)')
    for (let left = pages; left > 0; left--) insert.run(Buffer.from(String(this.#rows++)), Buffer.alloc(ROW_BYTES))
    this.#database.exec('COMMIT')
    this.checkpoints.wrote(pages, room)
  }

  async close(): Promise<void> {
    await this.checkpoints.close()
    this.#database.close()
  }
}

async function openWriter(t: TestContext, besideName = 'store.sqlite'): Promise<Writer> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-checkpoints-'))
  await writeFile(join(folder, 'no.sqlite'), 'no database')
  const writer = new Writer(join(folder, 'store.sqlite'), join(folder, besideName))
  t.after(async () => {
    await writer.close()
    await rm(folder, { recursive: true })
  })
  return writer
}

test('a log of some length is brought in beside the writer, which brings in what came meanwhile; then it starts over', async (t) => {
  const writer = await openWriter(t)
  writer.write(CHECKPOINT_PAGES)
  writer.write(REST_PAGES_MAX / 2)
  assert.equal(writer.checkpoints.mustWait, false)
  assert.equal(writer.broughtIn, 0)
  await writer.rest.promise
  assert.deepEqual([writer.broughtIn, writer.log.pages().left], [1, 0])
  writer.write(1)
  assert.ok(writer.log.pages().all < 10, `${writer.log.pages().all} pages`)
})

test('a log that gets long meanwhile keeps batches waiting, and is then brought in whole', async (t) => {
  const writer = await openWriter(t)
  writer.write(CHECKPOINT_PAGES)
  writer.write(LOG_PAGES_MAX)
  assert.equal(writer.checkpoints.mustWait, true)
  await writer.rest.promise
  assert.equal(writer.checkpoints.mustWait, false)
  assert.equal(writer.log.pages().left, 0)
})

test('what is little is not looked at, until the disk has little room: then the writer brings it in itself, and soon', async (t) => {
  const writer = await openWriter(t)
  writer.write(LOOK_PAGES - 1)
  assert.equal(writer.broughtIn, 0)
  writer.write(1, 'upkeep')
  assert.equal(writer.broughtIn, 1)
  writer.write(LOW_CHECKPOINT_PAGES / 2, 'upkeep')
  assert.equal(writer.broughtIn, 1)
  writer.write(LOW_CHECKPOINT_PAGES, 'upkeep')
  assert.equal(writer.broughtIn, 2)
})

test('closing waits for the thread; abandoned, nothing is brought in any more', async (t) => {
  const writer = await openWriter(t)
  writer.write(CHECKPOINT_PAGES)
  await writer.checkpoints.close()
  assert.equal(writer.log.pages().left, 0)
  const abandoned = await openWriter(t)
  abandoned.write(CHECKPOINT_PAGES)
  abandoned.checkpoints.abandon()
  await abandoned.checkpoints.close()
  abandoned.write(CHECKPOINT_PAGES)
  assert.equal(abandoned.broughtIn, 0)
})

test('a thread that cannot work is told as a failure', async (t) => {
  const writer = await openWriter(t, 'no.sqlite')
  writer.write(CHECKPOINT_PAGES)
  await assert.rejects(writer.rest.promise, /not a database/)
  writer.checkpoints.abandon()
})
