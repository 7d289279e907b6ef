// The process that the crash test kills: writes to a store and to blobs as fast as it can, and says on standard output
// what was acknowledged: "<name> <sequence>". A line is out before the next operation of the same writer begins.
// Arguments: folder, round.
import { join } from 'node:path'
import { openFileBlobs } from '#storage/files/file-blobs.ts'
import { openSqliteStore } from '#storage/sqlite/sqlite-store.ts'
import type { Commit } from '#storage/store.ts'
import { transact } from '#storage/transact.ts'
import { nameOf, noise, stepAt, valueOf, WRITERS, type Place } from './crash-work.ts'
import { say } from './say.ts'

const [folder = '', roundText] = process.argv.slice(2)
const round = Number(roundText)
const onFatal = (error: Error): void => {
  throw error
}
const store = await openSqliteStore({ path: join(folder, 'store.sqlite'), onFatal })
const blobs = await openFileBlobs({ folder: join(folder, 'blobs') })
say('ready 0')
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))

async function write(writer: number): Promise<never> {
  for (let step = 0; ; step++) {
    const sequence = await perform({ round, writer, step })
    say(`${nameOf({ round, writer, step })} ${sequence}`)
  }
}

/** Does one step; returns the sequence of its log entry, 0 without one. */
async function perform(place: Place): Promise<number> {
  const step = stepAt(place)
  const name = nameOf(place)
  if (step.kind === 'count') return count()
  if (step.kind === 'item') return commit(name, item(name))
  if (step.kind === 'blob') {
    const { id } = await blobs.put(noise(name, step.bytes))
    return commit(name, { sets: [{ key: ['blob', name], value: Buffer.from(id) }] })
  }
  const deleted = nameOf({ ...place, step: step.deletes })
  const deletes = ['a', 'b'].map((half) => [half, deleted])
  return commit(name, { ...item(name), deletes })
}

async function count(): Promise<number> {
  const key = ['count', round]
  await transact(
    store,
    async (transaction) => {
      const entry = await transaction.get(key)
      const next = Buffer.alloc(4)
      next.writeUInt32LE((entry ? Buffer.from(entry.value).readUInt32LE() : 0) + 1)
      transaction.set(key, next)
    },
    { attemptsMax: 10_000 },
  )
  return 0
}

function item(name: string): Commit {
  return {
    sets: [
      { key: ['a', name], value: valueOf(name) },
      { key: ['b', name], value: valueOf(name) },
    ],
  }
}

async function commit(name: string, commit: Commit): Promise<number> {
  const outcome = await store.commit({ ...commit, appends: [{ log: ['log'], value: Buffer.from(name) }] })
  if (outcome.kind !== 'committed') throw new Error(`unexpected conflict on ${name}`)
  return outcome.sequences[0] ?? 0
}
