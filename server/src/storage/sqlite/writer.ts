// The storage thread: holds the only writing connection and applies one batch after the other. Whatever goes wrong,
// except a full disk, ends it: what SQLite reported once may look well the second time and not be.
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { DatabaseSync } from 'node:sqlite'
import { InvariantError, OperatorError } from '#base/errors.ts'
import { Applier } from './applier.ts'
import type { WriterAnswer, WriterData, WriterRequest } from './channel.ts'
import { openForWriting } from './database.ts'

const SQLITE_FULL = 13

if (!parentPort) throw new InvariantError('writer.ts runs in a worker thread')
const port = parentPort
const { path, fileBytesMax } = workerData as WriterData

try {
  serve(openForWriting(path, fileBytesMax))
} catch (error) {
  // Errors lose their class on the way to another thread.
  if (!(error instanceof OperatorError)) throw error
  answer({ kind: 'refused', message: error.message, hint: error.hint })
}

function serve(database: DatabaseSync): void {
  const applier = new Applier(database)
  applier.begin()
  syncFolder(dirname(path))
  port.on('message', (request: WriterRequest) => {
    try {
      handle(request, database, applier)
    } catch (error) {
      answer({ kind: 'failed', error })
      port.close()
    }
  })
  answer({ kind: 'ready' })
}

/** SQLite syncs the folder of a file that it made, but does not look whether that worked. */
function syncFolder(folder: string): void {
  const file = openSync(folder, 'r')
  fsyncSync(file)
  closeSync(file)
}

function answer(message: WriterAnswer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

function handle(request: WriterRequest, database: DatabaseSync, applier: Applier): void {
  switch (request.kind) {
    case 'apply':
      apply(applier, request)
      // After the answer: nobody waits for it but the next batch.
      unlessFull(() => applier.checkpoint())
      return
    case 'clear': {
      const full = unlessFull(() => applier.clear())
      answer(full ? { kind: 'full', buffer: undefined, message: full.message } : { kind: 'cleared' })
      return
    }
    case 'close':
      database.close()
      answer({ kind: 'closed' })
      port.close()
  }
}

function apply(applier: Applier, { buffer, commits, appends }: WriterRequest & { kind: 'apply' }): void {
  const results = new Float64Array(commits + appends)
  const full = unlessFull(() => applier.apply(buffer, commits, results))
  if (full) answer({ kind: 'full', buffer, message: full.message }, [buffer])
  else answer({ kind: 'applied', buffer, results }, [buffer, results.buffer])
}

/** Returns the error when the disk is full; throws any other. */
function unlessFull(work: () => void): Error | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_FULL) return error
    throw error
  }
}
