// The thread beside the writer that brings the write-ahead log into the database while batches go on. SQLite syncs the
// database only after it has brought in everything, which it never has while somebody writes. So the file is synced here
// too: little is then left for the sync of the writer, on which alone SQLite relies before it starts the log over.
import { fdatasyncSync, openSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { InvariantError } from '#base/errors.ts'
import type { CheckpointerAnswer, CheckpointerData } from './channel.ts'
import { openForWriting } from './database.ts'
import { isDiskFull } from './disk-full.ts'
import { WriteAheadLog } from './write-ahead-log.ts'

if (!parentPort) throw new InvariantError('checkpointer.ts runs in a worker thread')
const port = parentPort
const { path } = workerData as CheckpointerData
const log = new WriteAheadLog(openForWriting(path))
// Stays open as long as the thread: to close any descriptor of the file drops the locks that SQLite has on it.
const file = openSync(path, 'r')

port.on('message', () => port.postMessage(pass()))

function pass(): CheckpointerAnswer {
  try {
    log.checkpoint()
    fdatasyncSync(file)
    return { kind: 'passed' }
  } catch (error) {
    return isDiskFull(error) ? { kind: 'full' } : { kind: 'failed', error }
  }
}
