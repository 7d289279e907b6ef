// The storage thread: applies one batch after the other, and sees to it that the write-ahead log is brought into the
// database (checkpoints.ts). Nobody else writes data. Whatever goes wrong, except a full disk, ends it: what SQLite reported
// once may look well the second time and not be. On a full disk what makes the data no larger is tried again out of the
// reserve.
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { DatabaseSync } from 'node:sqlite'
import { systemClock } from '#base/clock.ts'
import { compactAtRest } from '#base/compact-at-rest.ts'
import { InvariantError, OperatorError } from '#base/errors.ts'
import { RELEASE_BYTES_FIRST, RESTORE_INTERVAL_MS } from '../disk/limits.ts'
import { Reserve } from '../disk/reserve.ts'
import { Applier } from './applier.ts'
import type { WriterAnswer, WriterData, WriterRequest } from './channel.ts'
import { Checkpoints } from './checkpoints.ts'
import { openForWriting } from './database.ts'
import { isDiskFull } from './disk-full.ts'
import type { Room } from './growth.ts'
import { WriteAheadLog } from './write-ahead-log.ts'

if (!parentPort) throw new InvariantError('writer.ts runs in a worker thread')
const port = parentPort
const { path, fileBytesMax, reservePath, compacts } = workerData as WriterData
const reserve = reservePath === undefined ? undefined : new Reserve(reservePath)

try {
  serve(openForWriting(path, fileBytesMax))
} catch (error) {
  // Errors lose their class on the way to another thread.
  if (!(error instanceof OperatorError)) throw error
  answer({ kind: 'refused', message: error.message, hint: error.hint })
}

function serve(database: DatabaseSync): void {
  const applier = new Applier(database)
  const log = new WriteAheadLog(database)
  const fail = (error: unknown): void => {
    checkpoints.abandon()
    answer({ kind: 'failed', error })
    port.close()
  }
  let waiting: WriterRequest | undefined
  const next = (): void => {
    if (!waiting || checkpoints.mustWait) return
    const request = waiting
    waiting = undefined
    handle(request, database, applier, checkpoints).catch(fail)
  }
  const checkpoints = new Checkpoints({ path, log, bringIn: () => bringIn(log), onFailed: fail, onRest: next })
  applier.begin()
  syncFolder(dirname(path))
  port.on('message', (request: WriterRequest) => {
    waiting = request
    next()
  })
  answer({ kind: 'ready' })
  restoreLater()
  if (compacts) compactAtRest(systemClock)
}

/** The reserve grows when there is room; not at once, since whoever started the server wants answers first. */
function restoreLater(): void {
  if (!reserve) return
  systemClock.after(RESTORE_INTERVAL_MS, () => {
    reserve.restore()
    restoreLater()
  })
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

async function handle(
  request: WriterRequest,
  database: DatabaseSync,
  applier: Applier,
  checkpoints: Checkpoints,
): Promise<void> {
  switch (request.kind) {
    case 'apply':
      apply(applier, request)
      // After the answer: nobody waits for it but the next batch.
      checkpoints.wrote(applier.pages, applier.room)
      return
    case 'clear': {
      const full = inReserve(Infinity, () => applier.clear())
      answer(full ? { kind: 'full', buffer: undefined, message: full.message } : { kind: 'cleared' })
      return
    }
    case 'close':
      await checkpoints.close()
      database.close()
      answer({ kind: 'closed' })
      port.close()
  }
}

function apply(applier: Applier, { buffer, commits, appends, isLow }: WriterRequest & { kind: 'apply' }): void {
  const results = new Float64Array(commits + appends)
  const applyIn = (room: Room): void => applier.apply(buffer, commits, results, room)
  let full = unlessFull(() => applyIn(isLow ? 'upkeep' : 'ample'))
  const sawFull = full !== undefined
  // Without what grows the data the batch may fit; if not, it is tried piece by piece out of the reserve.
  full &&= inReserve(Infinity, () => applyIn(roomOfReserve()))
  if (full) answer({ kind: 'full', buffer, message: full.message }, [buffer])
  else {
    const { growthBytes } = applier
    answer({ kind: 'applied', buffer, results, sawFull, growthBytes }, [buffer, results.buffer])
  }
}

/** Half of the reserve is for deletions alone. */
function roomOfReserve(): Room {
  return reserve?.upkeepBytes === 0 ? 'deletion' : 'upkeep'
}

/** The pages of a log that is not brought in stay in it: then it goes on growing, for which half of the reserve is kept. */
function bringIn(log: WriteAheadLog): void {
  inReserve(reserve?.upkeepBytes ?? 0, () => log.checkpoint())
}

/** Tries; then again after each piece of the reserve, up to `bytesMax` of it. The error when that was not enough. */
function inReserve(bytesMax: number, work: () => void): Error | undefined {
  let full = unlessFull(work)
  let left = bytesMax
  for (
    let bytes = RELEASE_BYTES_FIRST;
    full && left > 0 && reserve?.release(Math.min(bytes, left)) === true;
    bytes *= 2
  ) {
    left -= bytes
    full = unlessFull(work)
  }
  return full
}

/** Returns the error when the disk is full; throws any other. */
function unlessFull(work: () => void): Error | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (isDiskFull(error)) return error
    throw error
  }
}
