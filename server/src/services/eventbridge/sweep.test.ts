import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import {
  archiveKey,
  type ArchiveRecord,
  archives,
  countsOf,
  droppedArchives,
  keepEvent,
  readArchived,
} from './archive.ts'
import { sweepOnce } from './sweep.ts'

const DAY_MS = 86_400_000

function archiveOf(name: string, retentionDays: number): ArchiveRecord {
  const place = { account: '000000000000', region: 'eu-west-1' }
  return { ...place, name, id: `id-${name}`, bus: 'default', retentionDays, createdMs: 0 }
}

test('events past the retention go, and all of a deleted archive', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock(100 * DAY_MS)
  const [short, forever, deleted] = [archiveOf('short', 2), archiveOf('forever', 0), archiveOf('deleted', 0)]
  await transact(store, async (transaction) => {
    for (const archive of [short, forever, deleted]) await archives.set(transaction, archiveKey(archive), archive)
  })
  for (const archive of [short, forever, deleted])
    for (let day = 60; day < 100; day++) {
      const event = { timeMs: day * DAY_MS, id: `e${day}`, event: Buffer.from('{}') }
      await keepEvent(store, archive, archive.id, event)
      // The same event once more changes nothing.
      await keepEvent(store, archive, archive.id, event)
    }
  assert.deepEqual(await countsOf(store, short), { events: 40, bytes: 80 })
  await transact(store, async (transaction) => {
    await archives.delete(transaction, archiveKey(deleted))
    await droppedArchives.set(transaction, [deleted.id], { droppedMs: 0 })
  })
  await sweepOnce({ store, clock, log: silentLog }, new AbortController().signal)
  const left = async ({ id }: ArchiveRecord): Promise<number> =>
    (await readArchived(store, id, { startMs: 0 }, Number.MAX_SAFE_INTEGER, 1000)).length
  assert.deepEqual([await left(short), await left(forever), await left(deleted)], [2, 40, 0])
  assert.deepEqual(await countsOf(store, short), { events: 2, bytes: 4 })
  assert.deepEqual(await countsOf(store, deleted), { events: 0, bytes: 0 })
  assert.deepEqual(await droppedArchives.list(store, { prefix: [] }), [])
})
