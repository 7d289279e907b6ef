import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { createMemoryStore, type MemoryStore } from '#storage/memory/memory-store.ts'
import { listDeadLetters, viewDeadLetter } from './dead-letters.ts'
import { createDelivery, type Delivery, type DeliveryOptions } from './delivery.ts'
import type { Envelope } from './envelope.ts'
import { outboxAppend, type OutboxRecord } from './outbox.ts'
import type { DeliveryOutcome, Target } from './target.ts'

interface Call {
  readonly id: string
  readonly arn: string
  readonly payload: string
  readonly attempt: number
  readonly atMs: number
}

interface Bench {
  readonly clock: ManualClock
  readonly store: MemoryStore
  readonly delivery: Delivery
  readonly calls: Call[]
  readonly put: (id: string, more?: Partial<Envelope>, arn?: string, lane?: string) => Promise<void>
}

const START_MS = 1_700_000_000_000

function bench(
  answer: (call: Call) => DeliveryOutcome | Promise<DeliveryOutcome>,
  more: Partial<DeliveryOptions> = {},
  store = createMemoryStore(),
  clock = new ManualClock(START_MS),
): Bench {
  const calls: Call[] = []
  const target: Target = {
    name: 'test',
    retryPolicy: () => Promise.resolve({ delaysMs: [60_000, 120_000], ageMaxMs: 3_600_000 }),
    refusal: () => Promise.resolve(undefined),
    async deliver(envelope, destination, payload, attempt) {
      const call = {
        id: envelope.id,
        arn: destination.arn,
        payload: Buffer.from(payload).toString(),
        attempt,
        atMs: clock.nowMs() - START_MS,
      }
      calls.push(call)
      return answer(call)
    },
  }
  const delivery = createDelivery({
    store,
    clock,
    random: seededRandom(1),
    log: silentLog,
    targets: [target],
    renderers: new Map([['test.rendered', (envelope) => Buffer.from(JSON.stringify({ rendered: envelope.data }))]]),
    ...more,
  })
  return {
    clock,
    store,
    delivery,
    calls,
    put: async (id, attributes = {}, arn = 'arn:a', lane) => {
      const envelope = {
        id,
        source: 'test.raw',
        type: 'Test',
        subject: 's',
        timeMs: clock.nowMs(),
        account: '000000000000',
        region: 'us-east-1',
        hops: 0,
        data: { n: 1 },
        payload: Buffer.from(`"${id}"`),
        ...attributes,
      }
      await store.commit({
        appends: [outboxAppend({ envelope, destination: { target: 'test', arn, ...(lane && { lane }) } })],
      })
      // Lets the delivery do what it does at once, before the test moves the clock.
      await clock.advance(0)
    },
  }
}

const delivered: DeliveryOutcome = { kind: 'delivered' }
const failed: DeliveryOutcome = { kind: 'failed', reason: 'it threw', countsAsAttempt: true }
const throttled: DeliveryOutcome = { kind: 'failed', reason: 'busy', countsAsAttempt: false }

test('an event is handed on at once and leaves nothing behind', async () => {
  const { delivery, put, calls, clock, store } = bench(() => delivered)
  await delivery.start()
  await put('e1')
  await clock.advance(0)
  assert.deepEqual(
    calls.map(({ id, payload, attempt }) => [id, payload, attempt]),
    [['e1', '"e1"', 1]],
  )
  assert.deepEqual(await store.list({ prefix: [] }), [])
  assert.deepEqual(delivery.status(), { pending: 0, inFlight: 0 })
})

test('a renderer makes the document; a source without one passes its payload on', async () => {
  const { delivery, put, calls, clock, store } = bench(() => delivered)
  await delivery.start()
  const envelope = { source: 'test.rendered', data: { bucket: 'b' } }
  await put('e1', envelope)
  const { payload: _, ...noPayload } = { payload: undefined, source: 'test.unknown' }
  await store.commit({
    appends: [
      outboxAppend({
        envelope: {
          id: 'e2',
          type: 't',
          subject: 's',
          timeMs: clock.nowMs(),
          account: 'a',
          region: 'r',
          hops: 0,
          data: 1,
          ...noPayload,
        },
        destination: { target: 'test', arn: 'x' },
      }),
    ],
  })
  await clock.advance(0)
  assert.deepEqual(
    calls.map(({ payload }) => payload),
    ['{"rendered":{"bucket":"b"}}'],
  )
  assert.deepEqual(
    (await listDeadLetters(store)).map(({ reason }) => reason),
    ['nothing renders events of test.unknown'],
  )
})

test('failures are repeated after the waits of the policy, then the event is a dead letter', async () => {
  const { delivery, put, calls, clock, store } = bench(() => failed)
  await delivery.start()
  await put('e1')
  await clock.advance(600_000)
  assert.deepEqual(
    calls.map(({ attempt, atMs }) => [attempt, atMs]),
    [
      [1, 0],
      [2, 60_000],
      [3, 180_000],
    ],
  )
  const [letter] = await listDeadLetters(store)
  assert.equal(letter?.reason, 'it threw')
  assert.equal(letter?.attempts, 3)
  assert.equal(letter?.record.envelope.id, 'e1')
  assert.equal(Buffer.from(letter?.record.envelope.payload ?? []).toString(), '"e1"')
  assert.deepEqual(letter && viewDeadLetter(letter), {
    sequence: 1,
    id: 'e1',
    source: 'test.raw',
    type: 'Test',
    subject: 's',
    account: '000000000000',
    region: 'us-east-1',
    target: 'test',
    arn: 'arn:a',
    time: new Date(START_MS).toISOString(),
    deadTime: new Date(START_MS + 180_000).toISOString(),
    attempts: 3,
    reason: 'it threw',
    data: { n: 1 },
    payload: '"e1"',
  })
  assert.deepEqual(await store.list({ prefix: ['events.outbox'] }), [])
  assert.deepEqual(await store.list({ prefix: ['events.attempts'] }), [])
})

test('throttling is repeated without counting until the event is too old', async () => {
  const { delivery, put, calls, clock, store } = bench(() => throttled)
  await delivery.start()
  await put('e1')
  await clock.advance(3_000_000)
  assert.ok(calls.length > 10)
  assert.ok(calls.every(({ attempt }) => attempt === 1))
  assert.equal((await listDeadLetters(store)).length, 0)
  await clock.advance(1_200_000)
  const [letter] = await listDeadLetters(store)
  assert.match(letter?.reason ?? '', /older than 3600 s after 0 attempts/)
})

test('what can never be delivered dies at once: no target, rejected, too many hops', async () => {
  const { delivery, put, clock, store, calls } = bench(() => ({ kind: 'rejected', reason: 'gone' }))
  await delivery.start()
  await put('rejected')
  await put('loop', { hops: 16 })
  const { envelope } = {
    envelope: {
      id: 'lost',
      source: 's',
      type: 't',
      subject: 's',
      timeMs: clock.nowMs(),
      account: 'a',
      region: 'r',
      hops: 0,
      data: 1,
    },
  }
  await store.commit({ appends: [outboxAppend({ envelope, destination: { target: 'nowhere', arn: 'x' } })] })
  await clock.advance(0)
  const reasons = new Map((await listDeadLetters(store)).map((letter) => [letter.record.envelope.id, letter.reason]))
  assert.equal(reasons.get('rejected'), 'gone')
  assert.match(reasons.get('loop') ?? '', /16 hops/)
  assert.match(reasons.get('lost') ?? '', /no target is called nowhere/)
  assert.equal(calls.length, 1)
})

test('events that follow from a delivery, or stand for one that failed, are delivered in their turn', async () => {
  const note = (id: string, timeMs: number): OutboxRecord => ({
    envelope: {
      id,
      source: 'test.raw',
      type: 'Note',
      subject: 's',
      timeMs,
      account: 'a',
      region: 'r',
      hops: 1,
      data: null,
      payload: Buffer.from(`"${id}"`),
    },
    destination: { target: 'test', arn: 'arn:notes' },
  })
  const { delivery, put, clock, store, calls } = bench(({ id }) => {
    if (id === 'good') return { kind: 'delivered', follows: [note('it went well', clock.nowMs())] }
    if (id === 'bad') return { kind: 'rejected', reason: 'no', follows: [note('it failed', clock.nowMs())] }
    return delivered
  })
  await delivery.start()
  await put('good')
  await put('bad')
  await clock.advance(0)
  assert.deepEqual(calls.map(({ id, arn }) => `${id} ${arn}`).toSorted(), [
    'bad arn:a',
    'good arn:a',
    'it failed arn:notes',
    'it went well arn:notes',
  ])
  assert.deepEqual(await listDeadLetters(store), [], 'what the receiver keeps itself is no dead letter')
  assert.deepEqual(delivery.status(), { pending: 0, inFlight: 0 })
})

test('an error thrown by a target loses nothing', async () => {
  let calls = 0
  const { delivery, put, clock, store } = bench(() => {
    if (++calls < 3) throw new Error('a bug')
    return delivered
  })
  await delivery.start()
  await put('e1')
  await clock.advance(10_000)
  assert.equal(calls, 3)
  assert.deepEqual(await store.list({ prefix: [] }), [])
})

test('attempts and waiting times survive a restart', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock(START_MS)
  const first = bench(() => failed, {}, store, clock)
  await first.delivery.start()
  await first.put('e1')
  await clock.advance(10_000)
  await first.delivery.stop(0)
  const second = bench(() => failed, {}, store, clock)
  await second.delivery.start()
  await clock.advance(20_000)
  assert.equal(second.calls.length, 0, 'the minute is not over yet')
  await clock.advance(600_000)
  assert.deepEqual(
    second.calls.map(({ attempt, atMs }) => [attempt, atMs]),
    [
      [2, 60_000],
      [3, 180_000],
    ],
  )
})

test('what a former life left undelivered is delivered by the next, in order', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock(START_MS)
  const writer = bench(() => delivered, {}, store, clock)
  for (let index = 0; index < 100; index++) await writer.put(`e${index}`)
  const reader = bench(() => delivered, {}, store, clock)
  await reader.delivery.start()
  await clock.advance(0)
  assert.deepEqual(
    reader.calls.map(({ id }) => id),
    Array.from({ length: 100 }, (_, index) => `e${index}`),
  )
})

test('more events than memory may know are all delivered', async () => {
  const { delivery, put, calls, clock, store } = bench(() => delivered, {
    limits: { pendingMax: 5, inFlightMax: 2, inFlightPerDestinationMax: 1, heldBytesMax: 300 },
  })
  for (let index = 0; index < 200; index++) await put(`e${index}`, {}, `arn:${index % 3}`)
  await delivery.start()
  await clock.advance(10)
  for (let turn = 0; turn < 50 && calls.length < 200; turn++) await clock.advance(10)
  assert.equal(new Set(calls.map(({ id }) => id)).size, 200)
  assert.deepEqual(await store.list({ prefix: [] }), [])
})

test('stop waits for what is under way and starts nothing more', async () => {
  let finish: (() => void) | undefined
  const { delivery, put, clock, store, calls } = bench(
    () => new Promise<DeliveryOutcome>((resolve) => (finish = () => resolve(delivered))),
    { limits: { inFlightMax: 1 } },
  )
  await delivery.start()
  await put('e1')
  await put('e2')
  await clock.advance(0)
  const stopped = delivery.stop(5000)
  finish?.()
  await clock.advance(0)
  await stopped
  assert.equal(calls.length, 1)
  assert.equal((await store.list({ prefix: ['events.outbox'] })).length, 1)
})

test('a reset forgets everything, and goes on with new events', async () => {
  const { delivery, put, clock, store, calls } = bench(() => failed)
  await delivery.start()
  await put('old')
  await clock.advance(0)
  await store.clear()
  delivery.reset()
  await put('new')
  await clock.advance(61_000)
  assert.deepEqual(
    calls.map(({ id, attempt }) => [id, attempt]),
    [
      ['old', 1],
      ['new', 1],
      ['new', 2],
    ],
  )
})

test('the dead letter log is bounded: the oldest go', async () => {
  const { delivery, put, clock, store } = bench(() => ({ kind: 'rejected', reason: 'no' }), {
    limits: { deadLettersMax: 3 },
  })
  await delivery.start()
  for (let index = 0; index < 6; index++) {
    await put(`e${index}`)
    await clock.advance(0)
  }
  const letters = await listDeadLetters(store)
  assert.deepEqual(
    letters.map((letter) => letter.record.envelope.id),
    ['e5', 'e4', 'e3'],
  )
  assert.deepEqual(
    (await listDeadLetters(store, { before: letters[0]?.sequence ?? 0, limit: 1 })).map(
      (letter) => letter.record.envelope.id,
    ),
    ['e4'],
  )
})

test('a lane keeps its order over failures and a restart, and holds back no other lane', async () => {
  const store = createMemoryStore()
  const clock = new ManualClock(START_MS)
  let broken = true
  const answer = ({ id }: Call): DeliveryOutcome => (id === 'one' && broken ? failed : delivered)
  const first = bench(answer, {}, store, clock)
  await first.delivery.start()
  await first.put('one', {}, 'arn:a', 'g')
  await first.put('two', {}, 'arn:a', 'g')
  await first.put('three', {}, 'arn:a', 'h')
  assert.deepEqual(
    first.calls.map(({ id }) => id),
    ['one', 'three'],
  )
  await first.delivery.stop(0)
  const second = bench(answer, {}, store, clock)
  await second.delivery.start()
  await clock.advance(1000)
  assert.deepEqual(second.calls, [])
  broken = false
  await clock.advance(60_000)
  assert.deepEqual(
    second.calls.map(({ id, attempt }) => [id, attempt]),
    [
      ['one', 2],
      ['two', 1],
    ],
  )
  await second.delivery.stop(0)
})
