import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { transact } from '#storage/transact.ts'
import { archiveKey, type ArchiveRecord, archives, keepEvent } from './archive.ts'
import { createEventBridgeDeps, type EventBridgeDeps } from './deps.ts'
import { REPLAY_TARGET } from './event.ts'
import { cancelReplay } from './operations/cancel-replay.ts'
import { createReplayTarget, replayKey, type ReplayRecord, replays, replayStep } from './replay.ts'

const PLACE = { account: '000000000000', region: 'eu-west-1' }
const ARCHIVE: ArchiveRecord = {
  ...PLACE,
  name: 'kept',
  id: 'a1',
  bus: 'default',
  retentionDays: 0,
  createdMs: 0,
}
const REPLAY: ReplayRecord = {
  ...PLACE,
  name: 'again',
  id: 'r1',
  archive: 'kept',
  archiveId: 'a1',
  bus: 'default',
  rules: [],
  startMs: 10,
  endMs: 60,
  state: 'STARTING',
  startedMs: 0,
}

/** An archive with an event at each millisecond from 0 to 99, and a replay of those from 10 to 59. */
async function world(): Promise<EventBridgeDeps> {
  const store = createMemoryStore()
  const unused = (): Promise<never> => Promise.reject(new Error('a replay writes no logs'))
  const deps = createEventBridgeDeps({
    store,
    clock: new ManualClock(),
    log: silentLog,
    logs: { createStream: unused, putEvents: unused },
    hops: { next: () => 0 },
    targetFor: () => undefined,
  })
  await transact(store, async (transaction) => {
    await archives.set(transaction, archiveKey(ARCHIVE), ARCHIVE)
    await replays.set(transaction, replayKey(REPLAY), REPLAY)
  })
  for (let ms = 0; ms < 100; ms++)
    await keepEvent(store, ARCHIVE, ARCHIVE.id, { timeMs: ms, id: `e${ms}`, event: Buffer.from(`{"n":${ms}}`) })
  return deps
}

/** Takes a step, and the replayed numbers and the step that follow from it. */
async function step(
  deps: EventBridgeDeps,
  { envelope, destination }: OutboxRecord,
): Promise<{ readonly numbers: readonly number[]; readonly next: OutboxRecord | undefined }> {
  const outcome = await createReplayTarget(deps).deliver(envelope, destination, Buffer.alloc(0), 1)
  assert.equal(outcome.kind, 'delivered')
  const follows = outcome.kind === 'delivered' ? (outcome.follows ?? []) : []
  const events = follows.filter((record) => record.destination.target !== REPLAY_TARGET)
  return {
    numbers: events.map(({ envelope: { payload = [] } }) => {
      const event = JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>
      assert.equal(event['replay-name'], 'again')
      return Number(event['n'])
    }),
    next: follows.find((record) => record.destination.target === REPLAY_TARGET),
  }
}

async function stateOf({ store }: EventBridgeDeps): Promise<string | undefined> {
  return (await replays.get(store, replayKey(REPLAY)))?.value.state
}

test('a replay brings the events of its time, each once and in their order', async () => {
  const deps = await world()
  const numbers: number[] = []
  let steps = 0
  for (let next: OutboxRecord | undefined = replayStep(REPLAY); next; steps++) {
    const taken = await step(deps, next)
    numbers.push(...taken.numbers)
    next = taken.next
  }
  assert.deepEqual(
    numbers,
    Array.from({ length: 50 }, (_, index) => index + 10),
  )
  assert.equal(steps, 3)
  assert.equal(await stateOf(deps), 'COMPLETED')
})

test('a replay that is cancelled ends with the step under way', async () => {
  const deps = await world()
  const first = await step(deps, replayStep(REPLAY))
  assert.equal(first.numbers.length, 20)
  assert.equal(await stateOf(deps), 'RUNNING')
  // The handler looks at nothing but where it was called.
  const { State } = await cancelReplay(deps, { ReplayName: 'again' }, PLACE as never)
  assert.equal(State, 'CANCELLING')
  assert.ok(first.next)
  assert.deepEqual(await step(deps, first.next), { numbers: [], next: undefined })
  assert.equal(await stateOf(deps), 'CANCELLED')
})
