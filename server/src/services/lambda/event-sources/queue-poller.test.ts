import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { FakeQueue } from '../../../../test/lambda/fake-queue.ts'
import type { QueueMapping, QueueSettings } from './mapping-record.ts'
import type { BatchOutcome } from './poller.ts'
import { QueuePoller } from './queue-poller.ts'

const ARN = 'arn:aws:sqs:us-east-1:000000000000:jobs'

interface Record {
  readonly messageId: string
}

interface Call {
  readonly ids: readonly string[]
  readonly bytes: number
  readonly atMs: number
}

interface Bench {
  readonly clock: ManualClock
  readonly queue: FakeQueue
  readonly poller: QueuePoller
  readonly calls: Call[]
  readonly results: string[]
  /** Invocations under way, and the most that there ever were. */
  readonly load: { now: number; most: number }
  exists: boolean
}

const succeeded = (answer: unknown = null): BatchOutcome => ({
  kind: 'succeeded',
  answer: Buffer.from(JSON.stringify(answer)),
  executedVersion: '$LATEST',
})
const failed: BatchOutcome = { kind: 'failed', answer: Buffer.from('{}'), executedVersion: '$LATEST' }
const throttled: BatchOutcome = { kind: 'throttled' }

function bench(
  answer: (call: Call) => BatchOutcome | Promise<BatchOutcome>,
  settings: Partial<QueueSettings> = {},
  { fifo = false, visibilityTimeoutMs = 30_000 } = {},
): Bench {
  const clock = new ManualClock(1_700_000_000_000)
  const startMs = clock.nowMs()
  const queue = new FakeQueue(clock, { fifo, visibilityTimeoutMs })
  const mapping: QueueMapping = {
    uuid: 'u',
    account: '000000000000',
    region: 'us-east-1',
    sourceArn: ARN,
    state: 'Enabled',
    enabled: true,
    lastModifiedMs: 0,
    tags: {},
    kind: 'queue',
    service: 'sqs',
    fifo,
    settings: {
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
      batchSize: 10,
      windowS: 0,
      filters: [],
      reportsItemFailures: false,
      kmsKeyArn: undefined,
      metrics: undefined,
      concurrencyMax: undefined,
      provisionedPollers: undefined,
      ...settings,
    },
  }
  const made = {
    clock,
    queue,
    calls: [] as Call[],
    results: [] as string[],
    load: { now: 0, most: 0 },
    exists: true,
  }
  const poller = new QueuePoller(mapping, queue, {
    clock,
    random: seededRandom(1),
    log: silentLog,
    functionExists: () => Promise.resolve(made.exists),
    role: () => Promise.resolve(undefined),
    mayRead: () => Promise.resolve(true),
    report: (result) => made.results.push(result),
    async invoke(event) {
      const { Records } = JSON.parse(Buffer.from(event).toString()) as { Records: Record[] }
      const call = {
        ids: Records.map(({ messageId }) => messageId),
        bytes: event.length,
        atMs: clock.nowMs() - startMs,
      }
      made.calls.push(call)
      made.load.most = Math.max(made.load.most, ++made.load.now)
      try {
        return await answer(call)
      } finally {
        made.load.now--
      }
    },
  })
  return Object.assign(made, { poller })
}

test('a message runs the function at once and is deleted after it succeeded', async () => {
  const { queue, poller, calls, clock, results } = bench(() => succeeded())
  await poller.start()
  await clock.advance(0)
  queue.send('a')
  await clock.advance(0)
  assert.deepEqual(
    calls.map(({ ids, atMs }) => [ids, atMs]),
    [[['a'], 0]],
  )
  assert.deepEqual([queue.deleted, queue.left], [['a'], []])
  assert.deepEqual(results, ['OK'])
  await poller.stop()
})

test('messages whose batch failed come back after their visibility timeout', async () => {
  const { queue, poller, calls, clock, results } = bench(({ atMs }) => (atMs === 0 ? failed : succeeded()))
  queue.send('a')
  await poller.start()
  await clock.advance(0)
  await clock.advance(29_000)
  assert.deepEqual([calls.length, queue.left], [1, ['a']])
  await clock.advance(1100)
  assert.deepEqual([calls.length, queue.left], [2, []])
  assert.deepEqual(results, ['PROBLEM: Function call failed', 'OK'])
  await poller.stop()
})

test('with partial batch responses only what failed stays', async () => {
  const { queue, poller, clock } = bench(() => succeeded({ batchItemFailures: [{ itemIdentifier: 'b' }] }), {
    reportsItemFailures: true,
  })
  for (const id of ['a', 'b', 'c']) queue.send(id)
  await poller.start()
  await clock.advance(0)
  assert.deepEqual([queue.deleted, queue.left], [['a', 'c'], ['b']])
  await poller.stop()
})

test('an answer that names what is not in the batch fails all of it', async () => {
  const { queue, poller, clock } = bench(() => succeeded({ batchItemFailures: [{ itemIdentifier: 'x' }] }), {
    reportsItemFailures: true,
  })
  queue.send('a')
  await poller.start()
  await clock.advance(0)
  assert.deepEqual([queue.deleted, queue.left], [[], ['a']])
  await poller.stop()
})

test('a window gathers until the batch is full or its time is over', async () => {
  const { queue, poller, clock, calls } = bench(() => succeeded(), { batchSize: 25, windowS: 5 })
  await poller.start()
  for (let n = 0; n < 25; n++) queue.send(`a${n}`)
  await clock.advance(10)
  assert.deepEqual(
    calls.map(({ ids }) => ids.length),
    [25],
    'a full batch does not wait',
  )
  queue.send('b1')
  await clock.advance(0)
  await clock.advance(3000)
  queue.send('b2')
  await clock.advance(1900)
  assert.equal(calls.length, 1)
  await clock.advance(200)
  assert.deepEqual(calls[1]?.ids, ['b1', 'b2'])
  await poller.stop()
})

test('an event never passes six megabytes', async () => {
  const { queue, poller, clock, calls } = bench(() => succeeded())
  for (let n = 0; n < 10; n++) queue.send(`m${n}`, 'x'.repeat(1024 * 1024))
  await poller.start()
  await clock.advance(0)
  assert.ok(calls.every(({ bytes }) => bytes <= 6 * 1024 * 1024))
  assert.deepEqual(
    calls.map(({ ids }) => ids.length),
    [5, 5],
  )
  assert.equal(queue.deleted.length, 10)
  await poller.stop()
})

test('what no filter lets pass is deleted and never seen', async () => {
  const { queue, poller, clock, calls } = bench(() => succeeded(), {
    filters: ['{"body":{"kind":["photo"]}}', '{"body":["plain"]}'],
  })
  queue.send('a', '{"kind":"photo"}')
  queue.send('b', '{"kind":"video"}')
  queue.send('c', 'plain')
  queue.send('d', 'other')
  await poller.start()
  await clock.advance(0)
  assert.deepEqual(
    calls.flatMap(({ ids }) => ids),
    ['a', 'c'],
  )
  assert.deepEqual(queue.deleted.toSorted(), ['a', 'b', 'c', 'd'])
  await poller.stop()
})

test('a queue that refuses deletions loses nothing and stops nothing', async () => {
  const { queue, poller, clock, calls } = bench(() => succeeded(), { filters: ['{"body":["keep"]}'] })
  const remove = queue.delete.bind(queue)
  let refusals = 3
  queue.delete = (arn, handles) => (refusals-- > 0 ? Promise.reject(new Error('full')) : remove(arn, handles))
  queue.send('a', 'keep')
  queue.send('b', 'drop')
  await poller.start()
  await clock.advance(0)
  await clock.advance(100_000)
  assert.deepEqual(queue.left, [])
  assert.ok(calls.length >= 2 && calls.every(({ ids }) => ids.join() === 'a'))
  await Promise.all([poller.stop(), clock.advance(0)])
})

test('no more batches at once than the mapping allows, and more with time while messages wait', async () => {
  const slow = async (): Promise<BatchOutcome> => {
    await clock.sleep(1000)
    return succeeded()
  }
  const bounded = bench(slow, { batchSize: 1, concurrencyMax: 2 })
  let { clock } = bounded
  for (let n = 0; n < 10; n++) bounded.queue.send(`m${n}`)
  await bounded.poller.start()
  await clock.advance(0)
  await clock.advance(10_000)
  assert.deepEqual([bounded.load.most, bounded.queue.left], [2, []])
  await bounded.poller.stop()
  const free = bench(slow, { batchSize: 1 })
  clock = free.clock
  for (let n = 0; n < 200; n++) free.queue.send(`m${n}`)
  await free.poller.start()
  await clock.advance(0)
  await clock.advance(500)
  assert.equal(free.load.most, 5)
  await clock.advance(8000)
  assert.ok(free.load.most > 10 && free.load.most < 60, `grew to ${free.load.most}`)
})

test('a throttled batch is held and tried again before others can see its messages', async () => {
  const { queue, poller, clock, calls } = bench(({ atMs }) => (atMs < 2000 ? throttled : succeeded()))
  queue.send('a')
  await poller.start()
  await clock.advance(0)
  await clock.advance(6000)
  assert.ok(calls.length > 3)
  assert.deepEqual(queue.received, ['a'], 'it was received once')
  assert.deepEqual(queue.deleted, ['a'])
  await poller.stop()
})

test('a batch that is throttled for too long is left to the queue', async () => {
  const { queue, poller, clock } = bench(() => throttled, {}, { visibilityTimeoutMs: 3000 })
  queue.send('a')
  await poller.start()
  await clock.advance(0)
  await clock.advance(10_000)
  assert.ok(queue.received.length >= 2)
  assert.deepEqual(queue.left, ['a'])
  await Promise.all([poller.stop(), clock.advance(10_000)])
})

test('without its function a mapping leaves the queue alone, and goes on when it is there', async () => {
  const made = bench(() => succeeded())
  made.exists = false
  made.queue.send('a')
  await made.poller.start()
  await made.clock.advance(0)
  await made.clock.advance(60_000)
  assert.deepEqual([made.queue.received, made.results[0]], [[], 'PROBLEM: Function not found'])
  made.exists = true
  made.poller.nudge()
  await made.clock.advance(0)
  assert.deepEqual(made.queue.deleted, ['a'])
  await made.poller.stop()
})

test('a queue that fails or is gone is tried again', async () => {
  const made = bench(() => succeeded())
  made.queue.faults.push(new Error('one'), new Error('two'))
  made.queue.send('a')
  await made.poller.start()
  await made.clock.advance(0)
  await made.clock.advance(2000)
  assert.deepEqual(made.queue.deleted, ['a'])
  made.queue.gone = true
  made.queue.wake()
  made.queue.send('b')
  await made.clock.advance(40_000)
  assert.ok(made.results.includes('PROBLEM: The event source cannot be read') || made.queue.deleted.includes('b'))
  await made.poller.stop()
})

test('a queue that does not wait, because it closes, is not asked without end', async () => {
  const { queue, poller, clock } = bench(() => succeeded())
  let asked = 0
  queue.receive = () => {
    asked++
    return Promise.resolve([])
  }
  await poller.start()
  await clock.advance(1000)
  assert.ok(asked > 0 && asked <= 12, `asked ${asked} times`)
  await Promise.all([poller.stop(), clock.advance(0)])
})

test('a stop waits for the batch under way, and gives back what was not handed on', async () => {
  const { queue, poller, clock, calls } = bench(
    async () => {
      await clock.sleep(1000)
      return succeeded()
    },
    { batchSize: 20, windowS: 60 },
  )
  queue.send('gathering')
  await poller.start()
  await clock.advance(0)
  await clock.advance(100)
  await Promise.all([poller.stop(), clock.advance(0)])
  assert.deepEqual([calls.length, queue.left], [0, ['gathering']])
  const again = await queue.receive(ARN, { messagesMax: 1, waitMs: 0, signal: new AbortController().signal })
  assert.equal(again.length, 1, 'it is visible at once')
})
