import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { seededRandom } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { decodeRecord, OUTBOX_LOG } from '#events/outbox.ts'
import { createMemoryStore, type MemoryStore } from '#storage/memory/memory-store.ts'
import { FakeStream } from '../../../../test/lambda/fake-stream.ts'
import { checkpointsOf } from './checkpoints.ts'
import type { StartingPosition, StreamMapping, StreamSettings } from './mapping-record.ts'
import type { BatchOutcome } from './poller.ts'
import { StreamPoller } from './stream-poller.ts'

const ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-11-21T00:00:00.000'
const LOST = 'arn:aws:sqs:us-east-1:000000000000:lost'
const START_MS = 1_700_000_000_000

interface Call {
  readonly values: readonly unknown[]
  readonly sequences: readonly string[]
  readonly bytes: number
  readonly atMs: number
  readonly event: Readonly<Record<string, unknown>>
}

interface Bench {
  readonly clock: ManualClock
  readonly stream: FakeStream
  readonly store: MemoryStore
  readonly calls: Call[]
  readonly results: string[]
  poller: StreamPoller
  /** Another life of the same mapping. */
  reopen(): StreamPoller
}

const succeeded = (answer: unknown = null): BatchOutcome => ({
  kind: 'succeeded',
  answer: Buffer.from(JSON.stringify(answer)),
  executedVersion: '$LATEST',
})
const failed: BatchOutcome = { kind: 'failed', answer: Buffer.from('{}'), executedVersion: '$LATEST' }

function bench(
  answer: (call: Call) => BatchOutcome | Promise<BatchOutcome>,
  settings: Partial<StreamSettings> = {},
  startingPosition: StartingPosition = { kind: 'TRIM_HORIZON' },
): Bench {
  const clock = new ManualClock(START_MS)
  const stream = new FakeStream(clock)
  const store = createMemoryStore()
  const mapping: StreamMapping = {
    uuid: 'u',
    account: '000000000000',
    region: 'us-east-1',
    sourceArn: ARN,
    state: 'Enabled',
    enabled: true,
    lastModifiedMs: 0,
    tags: {},
    kind: 'stream',
    service: 'dynamodb',
    startingPosition,
    settings: {
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
      batchSize: 100,
      windowS: 0,
      filters: [],
      reportsItemFailures: false,
      kmsKeyArn: undefined,
      metrics: undefined,
      parallelizationFactor: 1,
      retriesMax: -1,
      recordAgeMaxS: -1,
      bisects: false,
      tumblingWindowS: 0,
      onFailureArn: undefined,
      ...settings,
    },
  }
  const calls: Call[] = []
  const results: string[] = []
  const reopen = (): StreamPoller =>
    new StreamPoller(mapping, stream, store, {
      clock,
      random: seededRandom(1),
      log: silentLog,
      functionExists: () => Promise.resolve(true),
      role: () => Promise.resolve(undefined),
      mayRead: () => Promise.resolve(true),
      report: (result) => results.push(result),
      async invoke(bytes) {
        const event = JSON.parse(Buffer.from(bytes).toString()) as { Records: { value: unknown; eventID: string }[] }
        const call = {
          values: event.Records.map(({ value }) => value),
          sequences: event.Records.map(({ eventID }) => eventID),
          bytes: bytes.length,
          atMs: clock.nowMs() - START_MS,
          event: { ...event },
        }
        calls.push(call)
        return answer(call)
      },
    })
  return { clock, stream, store, calls, results, poller: reopen(), reopen }
}

/** Lets everything happen that needs no time. */
async function settle(clock: ManualClock): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await clock.advance(0)
}

async function lostDocuments(store: MemoryStore): Promise<readonly Record<string, unknown>[]> {
  const entries = await store.list({ prefix: OUTBOX_LOG })
  return entries.map((entry) => {
    const { envelope, destination } = decodeRecord(entry.value)
    assert.deepEqual(destination, { target: 'sqs', arn: LOST })
    return JSON.parse(Buffer.from(envelope.payload ?? []).toString())
  })
}

async function stop({ poller, clock }: Pick<Bench, 'poller' | 'clock'>): Promise<void> {
  await Promise.all([poller.stop(), settle(clock)])
}

test('records reach the function in order, at once, and a restart goes on behind them', async () => {
  const made = bench(() => succeeded())
  for (let n = 0; n < 5; n++) made.stream.put('k', n)
  await made.poller.start()
  await settle(made.clock)
  made.stream.put('k', 5)
  await settle(made.clock)
  assert.deepEqual(
    made.calls.map(({ values }) => values),
    [[0, 1, 2, 3, 4], [5]],
  )
  assert.deepEqual(new Set(made.results), new Set(['OK']))
  await stop(made)
  made.stream.put('k', 6)
  const poller = made.reopen()
  await poller.start()
  await settle(made.clock)
  assert.deepEqual(made.calls.at(-1)?.values, [6])
  await stop({ ...made, poller })
})

test('LATEST begins with what comes after the mapping, also after a restart before anything came', async () => {
  const made = bench(() => succeeded(), {}, { kind: 'LATEST' })
  made.stream.put('k', 'before')
  await made.poller.start()
  await stop(made)
  made.stream.put('k', 'after')
  const poller = made.reopen()
  await poller.start()
  await settle(made.clock)
  assert.deepEqual(
    made.calls.map(({ values }) => values),
    [['after']],
  )
  await stop({ ...made, poller })
})

test('AT_TIMESTAMP begins at a time', async () => {
  const made = bench(() => succeeded(), {}, { kind: 'AT_TIMESTAMP', timeMs: START_MS + 1000 })
  made.stream.put('k', 'early')
  await made.clock.advance(1000)
  made.stream.put('k', 'late')
  await made.poller.start()
  await settle(made.clock)
  assert.deepEqual(made.calls[0]?.values, ['late'])
  await stop(made)
})

test('a failed batch is repeated whole, and nothing behind it goes ahead', async () => {
  const made = bench(({ atMs }) => (atMs < 500 ? failed : succeeded()), { batchSize: 2 })
  for (let n = 0; n < 4; n++) made.stream.put('k', n)
  await made.poller.start()
  await settle(made.clock)
  await made.clock.advance(5000)
  await settle(made.clock)
  const values = made.calls.map((call) => call.values.join())
  assert.ok(values.length >= 4)
  assert.deepEqual([...new Set(values)], ['0,1', '2,3'])
  assert.deepEqual(values.at(-1), '2,3')
  assert.ok(made.results.includes('PROBLEM: Function call failed'))
  await stop(made)
})

test('retries are bounded, then the loss is told and the next records have their turn', async () => {
  const made = bench(({ values }) => (values.includes('bad') ? failed : succeeded()), {
    batchSize: 1,
    retriesMax: 2,
    onFailureArn: LOST,
  })
  const sequence = made.stream.put('k', 'bad')
  made.stream.put('k', 'good')
  await made.poller.start()
  await settle(made.clock)
  await made.clock.advance(60_000)
  assert.deepEqual(
    made.calls.map(({ values }) => values[0]),
    ['bad', 'bad', 'bad', 'good'],
  )
  const [document, ...others] = await lostDocuments(made.store)
  assert.equal(others.length, 0)
  const { requestContext, timestamp, ...rest } = document as {
    requestContext: { requestId: string }
    timestamp: string
  }
  assert.match(timestamp, /^\d{4}-/)
  assert.deepEqual(
    { ...requestContext, requestId: '' },
    {
      requestId: '',
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    },
  )
  assert.deepEqual(rest, {
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    DDBStreamBatchInfo: {
      shardId: 's1',
      startSequenceNumber: sequence,
      endSequenceNumber: sequence,
      approximateArrivalOfFirstRecord: '2023-11-14T22:13:20Z',
      approximateArrivalOfLastRecord: '2023-11-14T22:13:20Z',
      batchSize: 1,
      streamArn: ARN,
    },
  })
  await stop(made)
})

test('retries are counted across a restart', async () => {
  const made = bench(() => failed, { batchSize: 1, retriesMax: 3 })
  made.stream.put('k', 'bad')
  await made.poller.start()
  await settle(made.clock)
  await made.clock.advance(110)
  await stop(made)
  const before = made.calls.length
  assert.equal(before, 2)
  const poller = made.reopen()
  await poller.start()
  await settle(made.clock)
  await made.clock.advance(120_000)
  assert.equal(made.calls.length, 4)
  await stop({ ...made, poller })
})

test('halving finds the one bad record and spares the others', async () => {
  const made = bench(({ values }) => (values.includes('bad') ? failed : succeeded()), {
    bisects: true,
    retriesMax: 1,
    onFailureArn: LOST,
  })
  for (let n = 0; n < 8; n++) made.stream.put('k', n === 5 ? 'bad' : n)
  await made.poller.start()
  await settle(made.clock)
  await made.clock.advance(120_000)
  const good = made.calls.filter(({ values }) => !values.includes('bad')).flatMap(({ values }) => values)
  assert.deepEqual(good, [0, 1, 2, 3, 4, 6, 7])
  const [document] = await lostDocuments(made.store)
  assert.deepEqual(document?.['DDBStreamBatchInfo'], { ...Object(document?.['DDBStreamBatchInfo']), batchSize: 1 })
  await stop(made)
})

test('a function that names where it failed is not called again with what went well', async () => {
  let first = true
  const made = bench(
    ({ sequences }) => {
      if (!first) return succeeded()
      first = false
      return succeeded({ batchItemFailures: [{ itemIdentifier: sequences[3] }, { itemIdentifier: sequences[2] }] })
    },
    { reportsItemFailures: true },
  )
  for (let n = 0; n < 5; n++) made.stream.put('k', n)
  await made.poller.start()
  await settle(made.clock)
  await made.clock.advance(5000)
  assert.deepEqual(
    made.calls.map(({ values }) => values),
    [
      [0, 1, 2, 3, 4],
      [2, 3, 4],
    ],
  )
  await stop(made)
})

test('records that are too old are given up and told', async () => {
  const made = bench(() => failed, { recordAgeMaxS: 60, onFailureArn: LOST })
  made.stream.put('k', 1)
  await made.poller.start()
  await settle(made.clock)
  await made.clock.advance(120_000)
  const [document] = await lostDocuments(made.store)
  assert.match(JSON.stringify(document?.['requestContext']), /"condition":"RecordAgeExceeded"/)
  await stop(made)
})

test('a window gathers, a full batch does not wait, and an event never passes six megabytes', async () => {
  const made = bench(() => succeeded(), { batchSize: 3, windowS: 10 })
  await made.poller.start()
  await settle(made.clock)
  made.stream.put('k', 1)
  await settle(made.clock)
  await made.clock.advance(5000)
  assert.equal(made.calls.length, 0)
  made.stream.put('k', 2)
  await settle(made.clock)
  await made.clock.advance(5100)
  assert.deepEqual(made.calls[0]?.values, [1, 2])
  for (let n = 0; n < 3; n++) made.stream.put('k', n)
  await settle(made.clock)
  assert.equal(made.calls[1]?.values.length, 3)
  const big = bench(() => succeeded())
  for (let n = 0; n < 10; n++) big.stream.put('k', n, 's1', 1024 * 1024)
  await big.poller.start()
  await settle(big.clock)
  assert.deepEqual(
    big.calls.map(({ values }) => values.length),
    [5, 5],
  )
  assert.ok(big.calls.every(({ bytes }) => bytes <= 6 * 1024 * 1024))
  await stop(made)
  await stop(big)
})

test('filters leave records out, and the checkpoint passes them', async () => {
  const made = bench(() => succeeded(), { filters: ['{"value":["yes"]}'] })
  for (const value of ['no', 'yes', 'no']) made.stream.put('k', value)
  await made.poller.start()
  await settle(made.clock)
  made.stream.put('k', 'no')
  await settle(made.clock)
  assert.deepEqual(
    made.calls.map(({ values }) => values),
    [['yes']],
  )
  const entries = await made.store.list({ prefix: checkpointsOf('u') })
  assert.match(Buffer.from(entries.at(-1)?.value ?? []).toString(), /"sequence":"00000004"/)
  await stop(made)
})

test('with a parallelization factor keys run beside each other, and each keeps its order', async () => {
  let now = 0
  let most = 0
  const made = bench(
    async () => {
      most = Math.max(most, ++now)
      await made.clock.sleep(100)
      now--
      return succeeded()
    },
    { parallelizationFactor: 4, batchSize: 2 },
  )
  for (let n = 0; n < 60; n++) made.stream.put(`k${n % 10}`, n)
  await made.poller.start()
  for (let turn = 0; turn < 60; turn++) await made.clock.advance(100)
  assert.ok(most > 1 && most <= 4, `at most ${most} at once`)
  const order = made.calls.flatMap(({ values }) => values as number[])
  for (let key = 0; key < 10; key++) {
    const own = order.filter((n) => n % 10 === key)
    assert.deepEqual(
      own,
      own.toSorted((a, b) => a - b),
    )
    assert.equal(own.length, 6)
  }
  await stop(made)
})

test('children of a shard are read after it', async () => {
  const made = bench(
    async () => {
      await made.clock.sleep(1000)
      return succeeded()
    },
    { batchSize: 1 },
  )
  made.stream.put('k', 1)
  made.stream.put('k', 2)
  made.stream.split('s1', ['s2', 's3'])
  made.stream.put('k', 3, 's2')
  made.stream.put('l', 4, 's3')
  await made.poller.start()
  for (let turn = 0; turn < 60; turn++) await made.clock.advance(100)
  const order = made.calls.map(({ values }) => values[0])
  assert.deepEqual(order.slice(0, 2), [1, 2])
  assert.deepEqual(new Set(order.slice(2)), new Set([3, 4]))
  await stop(made)
})

test('a tumbling window carries its state and ends with a call of its own', async () => {
  const made = bench(
    ({ event }) => {
      const { state, Records } = event as { state: { sum?: number }; Records: { value: number }[] }
      return succeeded({ state: { sum: (state.sum ?? 0) + Records.reduce((sum, { value }) => sum + value, 0) } })
    },
    { tumblingWindowS: 60, batchSize: 2 },
  )
  // The window that is open at 22:13:20 ends at 22:14:00.
  for (const value of [1, 2, 3]) made.stream.put('k', value)
  await made.poller.start()
  await settle(made.clock)
  await made.clock.advance(41_000)
  await settle(made.clock)
  const [, , last] = made.calls
  assert.deepEqual(last?.event, {
    Records: [],
    window: { start: '2023-11-14T22:13:00Z', end: '2023-11-14T22:14:00Z' },
    state: { sum: 6 },
    shardId: 's1',
    eventSourceARN: ARN,
    isFinalInvokeForWindow: true,
    isWindowTerminatedEarly: false,
  })
  made.stream.put('k', 10)
  await settle(made.clock)
  const next = made.calls.at(-1)?.event as { state: unknown; isFinalInvokeForWindow: boolean }
  assert.deepEqual([next.state, next.isFinalInvokeForWindow], [{}, false])
  await stop(made)
  // The state is in the checkpoint: another life goes on with it.
  const poller = made.reopen()
  await poller.start()
  made.stream.put('k', 5)
  await settle(made.clock)
  assert.deepEqual(made.calls.at(-1)?.event['state'], { sum: 10 })
  await stop({ ...made, poller })
})

test('a state that grows too large ends its window early', async () => {
  const made = bench(
    ({ event }) => succeeded({ state: event['isFinalInvokeForWindow'] === true ? {} : 'x'.repeat(1024 * 1024) }),
    { tumblingWindowS: 60 },
  )
  made.stream.put('k', 1)
  await made.poller.start()
  await settle(made.clock)
  const last = made.calls.at(-1)?.event
  assert.deepEqual([last?.['isFinalInvokeForWindow'], last?.['isWindowTerminatedEarly']], [true, true])
  await stop(made)
})

test('a second poller of the same mapping cannot write', async () => {
  const made = bench(() => succeeded())
  await made.poller.start()
  await settle(made.clock)
  made.stream.put('k', 1)
  await settle(made.clock)
  // Somebody else moved the checkpoint.
  const [entry] = await made.store.list({ prefix: checkpointsOf('u') }, { reverse: true, limit: 1 })
  assert.ok(entry)
  await made.store.commit({ sets: [entry] })
  made.stream.put('k', 2)
  await settle(made.clock)
  const after = await made.store.get(entry.key)
  assert.deepEqual(after?.value, entry.value, 'the stale poller wrote nothing')
  await made.clock.advance(1000)
  await settle(made.clock)
  assert.match(Buffer.from((await made.store.get(entry.key))?.value ?? []).toString(), /00000002/, 'it began again')
  await stop(made)
})

test('a source that fails is read again, and trimmed records are passed over', async () => {
  const made = bench(() => succeeded())
  made.stream.faults.push(
    new Error('down'),
    Object.assign(new Error('trimmed'), { code: 'TrimmedDataAccessException' }),
  )
  made.stream.put('k', 1)
  await made.poller.start()
  await settle(made.clock)
  await made.clock.advance(5000)
  assert.deepEqual(made.calls[0]?.values, [1])
  await stop(made)
})
