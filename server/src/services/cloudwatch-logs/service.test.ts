import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ManualClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { AwsError } from '#protocol/errors.ts'
import type { Input, OperationName, Output, RequestContext } from '#protocol/operation.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { createLogStore, type LogStore } from '#telemetry/log-store.ts'
import type { LogsModel } from './model.ts'
import { cloudWatchLogsOperations, createCloudWatchLogsService } from './service.ts'

const NOW_MS = 1_700_000_000_000
const ACCOUNT = '000000000000'
const ARN = `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:g`

type Optional<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: T[K] } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K]
}

interface Bench {
  readonly logs: LogStore
  readonly clock: ManualClock
  readonly drain: () => void
  readonly call: <Op extends OperationName<LogsModel>>(
    operation: Op,
    input: Optional<Input<LogsModel, Op>>,
    signal?: AbortSignal,
  ) => Promise<Output<LogsModel, Op>>
}

function setUp(): Bench {
  const clock = new ManualClock(NOW_MS)
  const logs = createLogStore({ store: createMemoryStore(), clock, log: silentLog })
  const draining = new AbortController()
  const service = createCloudWatchLogsService({ logs, clock, draining: draining.signal })
  return {
    logs,
    clock,
    drain: () => draining.abort(),
    call: async (operation, input, signal = new AbortController().signal) => {
      const context: RequestContext = {
        requestId: 'request',
        service: 'cloudwatch-logs',
        operation,
        account: ACCOUNT,
        region: 'eu-west-1',
        principal: { kind: 'anonymous' },
        http: { method: 'POST', url: '/', headers: {}, host: 'localhost', remoteAddress: '127.0.0.1' },
        signal,
        setHeader() {},
        setStatus() {},
      }
      const bound = service.operations.get(operation)
      assert.ok(bound?.implemented, operation)
      return (await bound.handle(input, context)) as Output<LogsModel, typeof operation>
    },
  }
}

async function withStream(): Promise<Bench> {
  const bench = setUp()
  await bench.call('CreateLogGroup', { logGroupName: 'g' })
  await bench.call('CreateLogStream', { logGroupName: 'g', logStreamName: 's' })
  return bench
}

function fails(promise: Promise<unknown>, code: string, message: string | RegExp): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof AwsError, String(error))
    assert.equal(error.code, code)
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
    return true
  })
}

const put = (
  bench: Bench,
  events: readonly [number, string][],
  stream = 's',
): Promise<Output<LogsModel, 'PutLogEvents'>> =>
  bench.call('PutLogEvents', {
    logGroupName: 'g',
    logStreamName: stream,
    logEvents: events.map(([offsetMs, message]) => ({ timestamp: NOW_MS + offsetMs, message })),
  })

const NO_GROUP = 'The specified log group does not exist.'
const NO_STREAM = 'The specified log stream does not exist.'

test('groups: CreateLogGroup, DescribeLogGroups, DeleteLogGroup', async () => {
  const { call } = setUp()
  for (const name of ['/b/1', '/a/2', '/a/1', 'c']) await call('CreateLogGroup', { logGroupName: name })
  await fails(
    call('CreateLogGroup', { logGroupName: 'c' }),
    'ResourceAlreadyExistsException',
    'The specified log group already exists',
  )
  const names = async (input: Optional<Input<LogsModel, 'DescribeLogGroups'>>): Promise<string[]> => {
    const { logGroups } = await call('DescribeLogGroups', input)
    return (logGroups ?? []).map((group) => group.logGroupName ?? '')
  }
  assert.deepEqual(await names({}), ['/a/1', '/a/2', '/b/1', 'c'])
  assert.deepEqual(await names({ logGroupNamePrefix: '/a' }), ['/a/1', '/a/2'])
  assert.deepEqual(await names({ logGroupNamePattern: '/1' }), ['/a/1', '/b/1'])
  assert.deepEqual(await names({ logGroupIdentifiers: ['c', `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/b/1:*`] }), [
    '/b/1',
    'c',
  ])
  const first = await call('DescribeLogGroups', { limit: 3 })
  assert.equal(first.logGroups?.length, 3)
  assert.deepEqual(await names({ limit: 3, nextToken: first.nextToken }), ['c'])
  await fails(
    call('DescribeLogGroups', { nextToken: first.nextToken, logGroupNamePrefix: 'c' }),
    'InvalidParameterException',
    'The specified nextToken is invalid.',
  )
  await fails(
    call('DescribeLogGroups', { logGroupNamePrefix: 'c', logGroupNamePattern: 'c' }),
    'InvalidParameterException',
    'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
  )
  const [group] = (await call('DescribeLogGroups', { logGroupNamePrefix: 'c' })).logGroups ?? []
  assert.deepEqual(group, {
    logGroupName: 'c',
    creationTime: NOW_MS,
    metricFilterCount: 0,
    arn: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:c:*`,
    storedBytes: 0,
    logGroupClass: 'STANDARD',
    logGroupArn: `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:c`,
    deletionProtectionEnabled: false,
  })
  await call('DeleteLogGroup', { logGroupName: 'c' })
  await fails(call('DeleteLogGroup', { logGroupName: 'c' }), 'ResourceNotFoundException', NO_GROUP)
})

test('what is wrong with names is told in one message', async () => {
  const { call } = setUp()
  await fails(
    call('CreateLogGroup', { logGroupName: '' }),
    'InvalidParameterException',
    "2 validation errors detected: Value '' at 'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
      "Value '' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
  )
  await fails(
    call('CreateLogGroup', { logGroupName: 'x'.repeat(513) }),
    'InvalidParameterException',
    `1 validation error detected: Value '${'x'.repeat(513)}' at 'logGroupName' failed to satisfy constraint: Member must have length less than or equal to 512`,
  )
  await fails(call('CreateLogGroup', { logGroupName: 'aws/x' }), 'InvalidParameterException', /reserved for AWS/)
  await fails(call('CreateLogGroup', { logGroupName: 'x', kmsKeyId: 'k' }), 'InvalidParameterException', /KMS key/)
  await fails(
    call('CreateLogStream', { logGroupName: 'g', logStreamName: 'a:b' }),
    'InvalidParameterException',
    "1 validation error detected: Value 'a:b' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*",
  )
  await fails(
    call('DescribeLogGroups', { limit: 51 }),
    'InvalidParameterException',
    "1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50",
  )
})

test('streams: CreateLogStream, DescribeLogStreams, DeleteLogStream', async () => {
  const bench = await withStream()
  const { call } = bench
  await fails(call('CreateLogStream', { logGroupName: 'x', logStreamName: 's' }), 'ResourceNotFoundException', NO_GROUP)
  await fails(
    call('CreateLogStream', { logGroupName: 'g', logStreamName: 's' }),
    'ResourceAlreadyExistsException',
    'The specified log stream already exists',
  )
  for (const name of ['a1', 'a2', 'b']) await call('CreateLogStream', { logGroupName: 'g', logStreamName: name })
  await put(bench, [[-5, 'x']], 'a2')
  await put(
    bench,
    [
      [-9, 'x'],
      [-4, 'y'],
    ],
    'b',
  )
  const names = async (input: Optional<Input<LogsModel, 'DescribeLogStreams'>>): Promise<string> => {
    let text = ''
    for (let nextToken: string | undefined; ;) {
      const page = await call('DescribeLogStreams', { logGroupName: 'g', ...input, nextToken })
      text += (page.logStreams ?? []).map((stream) => stream.logStreamName).join(' ') + ' '
      nextToken = page.nextToken
      if (nextToken === undefined) return text.trim()
    }
  }
  assert.equal(await names({}), 'a1 a2 b s')
  assert.equal(await names({ limit: 1, descending: true }), 's b a2 a1')
  assert.equal(await names({ logStreamNamePrefix: 'a' }), 'a1 a2')
  assert.equal(await names({ orderBy: 'LastEventTime', descending: true, limit: 1 }), 'b a2 s a1')
  assert.equal(await names({ logGroupName: undefined, logGroupIdentifier: `${ARN}:*`, limit: 3 }), 'a1 a2 b s')
  const { logStreams } = await call('DescribeLogStreams', { logGroupName: 'g', logStreamNamePrefix: 'b' })
  assert.deepEqual(logStreams?.[0], {
    logStreamName: 'b',
    creationTime: NOW_MS,
    firstEventTimestamp: NOW_MS - 9,
    lastEventTimestamp: NOW_MS - 4,
    lastIngestionTime: NOW_MS,
    uploadSequenceToken: '1'.padStart(56, '0'),
    arn: `${ARN}:log-stream:b`,
    storedBytes: 0,
  })
  await fails(
    call('DescribeLogStreams', { logGroupName: 'g', orderBy: 'LastEventTime', logStreamNamePrefix: 'a' }),
    'InvalidParameterException',
    'Cannot order by LastEventTime with a logStreamNamePrefix.',
  )
  await fails(call('DescribeLogStreams', { logGroupName: 'x' }), 'ResourceNotFoundException', NO_GROUP)
  await fails(call('DescribeLogStreams', {}), 'InvalidParameterException', /must be specified/)
  await fails(call('DescribeLogStreams', { logGroupIdentifier: 'arn:aws:s3:::x' }), 'InvalidParameterException', /ARN/)
  await call('DeleteLogStream', { logGroupName: 'g', logStreamName: 'b' })
  await fails(
    call('DeleteLogStream', { logGroupName: 'g', logStreamName: 'b' }),
    'ResourceNotFoundException',
    NO_STREAM,
  )
  assert.equal(await names({}), 'a1 a2 s')
})

test('PutLogEvents holds its limits', async () => {
  const bench = await withStream()
  const day = 86_400_000
  const { nextSequenceToken, rejectedLogEventsInfo } = await put(bench, [[0, 'x']])
  assert.match(nextSequenceToken ?? '', /^\d{56}$/)
  assert.equal(rejectedLogEventsInfo, undefined)
  await fails(
    put(bench, [
      [1, 'b'],
      [0, 'a'],
    ]),
    'InvalidParameterException',
    'Log events in a single PutLogEvents request must be in chronological order.',
  )
  await fails(
    put(bench, [
      [-day - 1, 'b'],
      [0, 'a'],
    ]),
    'InvalidParameterException',
    'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
  )
  await fails(
    put(bench, [
      [0, 'a'.repeat(600_000)],
      [0, 'a'.repeat(448_525)],
    ]),
    'InvalidParameterException',
    'Upload too large: 1048577 bytes exceeds limit of 1048576',
  )
  await put(bench, [
    [0, 'a'.repeat(600_000)],
    [0, 'a'.repeat(448_524)],
  ])
  await fails(
    put(bench, [[0, 'ä'.repeat(524_276)]]),
    'InvalidParameterException',
    'Log event too large: 1048578 bytes exceeds limit of 1048576',
  )
  await fails(put(bench, []), 'InvalidParameterException', /Value '\[\]' at 'logEvents'.*greater than or equal to 1$/)
  await fails(put(bench, [[0, '']]), 'InvalidParameterException', /at 'logEvents.1.member.message'/)
  await fails(
    put(
      bench,
      Array.from({ length: 10_001 }, () => [0, 'x']),
    ),
    'InvalidParameterException',
    /less than or equal to 10000$/,
  )
  await fails(put(bench, [[0, 'x']], 'none'), 'ResourceNotFoundException', NO_STREAM)
  await fails(
    bench.call('PutLogEvents', {
      logGroupName: 'none',
      logStreamName: 's',
      logEvents: [{ timestamp: 1, message: 'x' }],
    }),
    'ResourceNotFoundException',
    NO_GROUP,
  )
})

test('PutLogEvents says which events are too old, expired and too new, and stores the rest', async () => {
  const bench = await withStream()
  const day = 86_400_000
  const hour = 3_600_000
  await bench.call('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 3 })
  const mixed = await put(bench, [
    [-15 * day, 'old'],
    [-4 * day, 'expired'],
    [0, 'good'],
    [2 * hour, 'edge'],
    [2 * hour + 1, 'new'],
  ])
  assert.deepEqual(mixed.rejectedLogEventsInfo, {
    tooOldLogEventEndIndex: 1,
    expiredLogEventEndIndex: 2,
    tooNewLogEventStartIndex: 4,
  })
  const { events } = await bench.call('GetLogEvents', { logGroupName: 'g', logStreamName: 's' })
  assert.deepEqual(
    events?.map((event) => event.message),
    ['good', 'edge'],
  )
  const none = await put(bench, [[-15 * day, 'old']])
  assert.deepEqual(none.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 1 })
})

test('GetLogEvents pages forwards, backwards and by time', async () => {
  const bench = await withStream()
  const { call } = bench
  const stream = { logGroupName: 'g', logStreamName: 's' }
  await put(
    bench,
    Array.from({ length: 10 }, (_, n) => [n - 100, `${n}`]),
  )
  const get = async (input: Optional<Omit<Input<LogsModel, 'GetLogEvents'>, 'logStreamName'>>) => {
    const page = await call('GetLogEvents', { ...stream, ...input })
    const text = (page.events ?? []).map((event) => event.message).join('')
    return { text, forward: page.nextForwardToken, backward: page.nextBackwardToken }
  }
  assert.equal((await get({})).text, '0123456789')
  const head = await get({ startFromHead: true, limit: 4 })
  assert.equal(head.text, '0123')
  const second = await get({ nextToken: head.forward, limit: 4 })
  assert.equal(second.text, '4567')
  assert.equal((await get({ nextToken: second.backward, limit: 2 })).text, '23')
  const last = await get({ nextToken: second.forward })
  const end = await get({ nextToken: last.forward })
  assert.deepEqual([last.text, end.text, end.forward], ['89', '', last.forward])
  const tail = await get({ limit: 3 })
  assert.equal(tail.text, '789')
  assert.equal((await get({ nextToken: tail.backward, limit: 5 })).text, '23456')
  assert.equal((await get({ startTime: NOW_MS - 98, endTime: NOW_MS - 95 })).text, '234')
  assert.equal((await get({ startTime: NOW_MS - 98, endTime: NOW_MS - 95, startFromHead: true, limit: 1 })).text, '2')
  // New events come after the token of the end.
  await put(bench, [[-90, 'n']])
  assert.equal((await get({ nextToken: end.forward })).text, 'n')
  for (const nextToken of [
    'x',
    'n/00000000000000000000000000000000000000000000000000000000/s',
    `f/${'0'.repeat(55)}/s`,
  ])
    await fails(get({ nextToken }), 'InvalidParameterException', 'The specified nextToken is invalid.')
  await fails(call('GetLogEvents', { logGroupName: 'x', logStreamName: 's' }), 'ResourceNotFoundException', NO_GROUP)
  await fails(call('GetLogEvents', { logGroupName: 'g', logStreamName: 'x' }), 'ResourceNotFoundException', NO_STREAM)
  await fails(get({ limit: 10_001 }), 'InvalidParameterException', /less than or equal to 10000/)
})

test('a follower of an empty stream sees the first events', async () => {
  const bench = await withStream()
  const stream = { logGroupName: 'g', logStreamName: 's' }
  for (const startFromHead of [true, false]) {
    const empty = await bench.call('GetLogEvents', { ...stream, startFromHead })
    await put(bench, [[0, 'x']])
    const { events } = await bench.call('GetLogEvents', { ...stream, nextToken: empty.nextForwardToken })
    assert.ok((events?.length ?? 0) > 0)
  }
})

test('a page of GetLogEvents holds a mebibyte', async () => {
  const bench = await withStream()
  for (let n = 0; n < 5; n++) await put(bench, [[n, String(n).repeat(400_000)]])
  const stream = { logGroupName: 'g', logStreamName: 's' }
  const first = await bench.call('GetLogEvents', { ...stream, startFromHead: true })
  assert.equal(first.events?.length, 2)
  const found = await bench.call('FilterLogEvents', { logGroupName: 'g' })
  assert.equal(found.events?.length, 2)
  const rest = await bench.call('FilterLogEvents', { logGroupName: 'g', nextToken: found.nextToken })
  assert.deepEqual(
    rest.events?.map((event) => event.message?.[0]),
    ['2', '3'],
  )
})

// Walking forwards from the head, or backwards from the tail, with any page sizes gives every event once, in order.
test('paging gives every event once, whatever the pages', async () => {
  const batch = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      async (batches, limits) => {
        const bench = await withStream()
        const model: [number, string][] = []
        for (const [nth, times] of batches.entries()) {
          const events = times
            .toSorted((a, b) => a - b)
            .map((time, index): [number, string] => [time, `${nth}.${index}`])
          await put(bench, events)
          model.push(...events)
        }
        const expected = model.toSorted((a, b) => a[0] - b[0]).map((event) => event[1])
        for (const startFromHead of [true, false]) {
          const walked: string[][] = []
          let nextToken: string | undefined
          for (let nth = 0; ; nth++) {
            const page = await bench.call('GetLogEvents', {
              logGroupName: 'g',
              logStreamName: 's',
              startFromHead,
              limit: limits[nth % limits.length],
              nextToken,
            })
            const token = startFromHead ? page.nextForwardToken : page.nextBackwardToken
            if (token === nextToken) break
            nextToken = token
            walked.push((page.events ?? []).map((event) => event.message ?? ''))
          }
          assert.deepEqual((startFromHead ? walked : walked.toReversed()).flat(), expected)
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('FilterLogEvents merges streams by time, by name, prefix, pattern and time', async () => {
  const bench = await withStream()
  const { call } = bench
  for (const name of ['t1', 't2']) await call('CreateLogStream', { logGroupName: 'g', logStreamName: name })
  await put(bench, [
    [-10, 'a ERROR'],
    [-5, 'd'],
  ])
  await put(
    bench,
    [
      [-9, 'b'],
      [-7, 'c ERROR'],
    ],
    't1',
  )
  await put(bench, [[-8, '{"level":"ERROR","n":3}']], 't2')
  const filter = async (input: Optional<Input<LogsModel, 'FilterLogEvents'>>): Promise<string> => {
    let text = ''
    for (let nextToken: string | undefined; ;) {
      const page = await call('FilterLogEvents', { logGroupName: 'g', ...input, nextToken })
      for (const event of page.events ?? []) text += `${event.logStreamName}:${event.message?.[0]} `
      nextToken = page.nextToken
      if (nextToken === undefined) return text.trim()
    }
  }
  assert.equal(await filter({}), 's:a t1:b t2:{ t1:c s:d')
  assert.equal(await filter({ limit: 1 }), 's:a t1:b t2:{ t1:c s:d')
  assert.equal(await filter({ filterPattern: 'ERROR' }), 's:a t2:{ t1:c')
  assert.equal(await filter({ filterPattern: '{ $.level = "ERROR" && $.n > 2 }' }), 't2:{')
  assert.equal(await filter({ logStreamNames: ['t1'] }), 't1:b t1:c')
  assert.equal(await filter({ logStreamNames: ['t1', 's'], limit: 2 }), 's:a t1:b t1:c s:d')
  assert.equal(await filter({ logStreamNamePrefix: 't' }), 't1:b t2:{ t1:c')
  assert.equal(await filter({ startTime: NOW_MS - 9, endTime: NOW_MS - 7 }), 't1:b t2:{ t1:c')
  assert.equal(await filter({ logGroupName: undefined, logGroupIdentifier: ARN, filterPattern: '-ERROR' }), 't1:b s:d')
  const { events, searchedLogStreams } = await call('FilterLogEvents', { logGroupName: 'g', limit: 2 })
  assert.deepEqual(searchedLogStreams, [])
  assert.match(events?.[0]?.eventId ?? '', /^\d{56}$/)
  assert.equal(new Set(events?.map((event) => event.eventId)).size, 2)
  await fails(filter({ logGroupName: 'x' }), 'ResourceNotFoundException', NO_GROUP)
  await fails(filter({ logStreamNames: ['x'] }), 'ResourceNotFoundException', NO_STREAM)
  await fails(filter({ filterPattern: '{ $.a' }), 'InvalidParameterException', /it must end with '}'$/)
  await fails(filter({ filterPattern: 'a:b' }), 'InvalidParameterException', "Invalid character(s) in term ':'")
  await fails(
    filter({ logStreamNames: ['s'], logStreamNamePrefix: 's' }),
    'InvalidParameterException',
    /mutually exclusive/,
  )
  await fails(
    call('FilterLogEvents', { logGroupName: 'g', nextToken: 'x' }),
    'InvalidParameterException',
    'The specified nextToken is invalid.',
  )
})

test('what functions print is found by the next request', async () => {
  const { call, logs } = setUp()
  logs.write(
    { account: ACCOUNT, region: 'eu-west-1', group: '/aws/lambda/f', stream: 'i' },
    { timestampMs: NOW_MS, message: 'hello' },
  )
  const { events } = await call('FilterLogEvents', { logGroupName: '/aws/lambda/f' })
  assert.deepEqual(
    events?.map((event) => event.message),
    ['hello'],
  )
})

test('retention: PutRetentionPolicy, DeleteRetentionPolicy', async () => {
  const { call } = await withStream()
  const days = async (): Promise<number | undefined> =>
    (await call('DescribeLogGroups', {})).logGroups?.[0]?.retentionInDays
  await call('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 30 })
  assert.equal(await days(), 30)
  await call('DeleteRetentionPolicy', { logGroupName: 'g' })
  assert.equal(await days(), undefined)
  await fails(
    call('PutRetentionPolicy', { logGroupName: 'g', retentionInDays: 2 }),
    'InvalidParameterException',
    /Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: \[1, 3, 5, 7,/,
  )
  await fails(
    call('PutRetentionPolicy', { logGroupName: 'x', retentionInDays: 1 }),
    'ResourceNotFoundException',
    NO_GROUP,
  )
  await fails(call('DeleteRetentionPolicy', { logGroupName: 'x' }), 'ResourceNotFoundException', NO_GROUP)
})

test('deletion protection: PutLogGroupDeletionProtection', async () => {
  const { call } = await withStream()
  await call('PutLogGroupDeletionProtection', { logGroupIdentifier: ARN, deletionProtectionEnabled: true })
  await fails(call('DeleteLogGroup', { logGroupName: 'g' }), 'ValidationException', /deletion protection/)
  await fails(
    call('DeleteLogStream', { logGroupName: 'g', logStreamName: 's' }),
    'ValidationException',
    /deletion protection/,
  )
  await call('PutLogGroupDeletionProtection', { logGroupIdentifier: 'g', deletionProtectionEnabled: false })
  await call('DeleteLogGroup', { logGroupName: 'g' })
})

test('tags, by resource and by group: TagResource, UntagResource, TagLogGroup, UntagLogGroup', async () => {
  const { call } = setUp()
  await call('CreateLogGroup', { logGroupName: 'g', tags: { a: '1' } })
  await call('TagResource', { resourceArn: ARN, tags: { b: '2', c: '' } })
  await call('TagLogGroup', { logGroupName: 'g', tags: { a: '3' } })
  await call('UntagResource', { resourceArn: `${ARN}:*`, tagKeys: ['b', 'missing'] })
  assert.deepEqual((await call('ListTagsForResource', { resourceArn: ARN })).tags, { a: '3', c: '' })
  await call('UntagLogGroup', { logGroupName: 'g', tags: ['c'] })
  assert.deepEqual((await call('ListTagsLogGroup', { logGroupName: 'g' })).tags, { a: '3' })
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, 'v']))
  await fails(call('TagResource', { resourceArn: ARN, tags: many }), 'TooManyTagsException', /50/)
  await fails(
    call('TagResource', { resourceArn: ARN, tags: { 'a\n': 'x' } }),
    'InvalidParameterException',
    /regular expression/,
  )
  await fails(call('ListTagsForResource', { resourceArn: 'g' }), 'InvalidParameterException', /resourceArn/)
  await fails(call('ListTagsForResource', { resourceArn: `${ARN}x` }), 'ResourceNotFoundException', NO_GROUP)
})

test('TestMetricFilter shows what a pattern takes out', async () => {
  const { call } = setUp()
  const { matches } = await call('TestMetricFilter', {
    filterPattern: '[ip, ..., status = 4*, bytes]',
    logEventMessages: ['1.1.1.1 x 200 5', '2.2.2.2 "a b" 404 6'],
  })
  assert.deepEqual(matches, [
    {
      eventNumber: 2,
      eventMessage: '2.2.2.2 "a b" 404 6',
      extractedValues: { $ip: '2.2.2.2', $2: 'a b', $status: '404', $bytes: '6' },
    },
  ])
  await fails(
    call('TestMetricFilter', { filterPattern: '[a', logEventMessages: ['x'] }),
    'InvalidParameterException',
    /must end with/,
  )
  await fails(
    call('TestMetricFilter', { filterPattern: 'a', logEventMessages: [] }),
    'InvalidParameterException',
    /greater than or equal to 1/,
  )
})

test('StartLiveTail sends what is stored, once a second', async () => {
  const bench = await withStream()
  const { call, clock, logs } = bench
  const leave = new AbortController()
  const { responseStream } = await call(
    'StartLiveTail',
    { logGroupIdentifiers: [ARN], logEventFilterPattern: 'ERROR', logStreamNamePrefixes: ['s'] },
    leave.signal,
  )
  assert.ok(responseStream)
  const stream = responseStream[Symbol.asyncIterator]()
  const start = await stream.next()
  assert.deepEqual(start.value.sessionStart.logGroupIdentifiers, [ARN])
  const next = async (): Promise<{ messages: string[]; sampled: boolean }> => {
    const update = stream.next()
    await clock.advance(1000)
    const { sessionResults, sessionMetadata } = (await update).value.sessionUpdate
    return {
      messages: sessionResults.map((line: { message: string }) => line.message),
      sampled: sessionMetadata.sampled,
    }
  }
  assert.deepEqual(await next(), { messages: [], sampled: false })
  await call('CreateLogStream', { logGroupName: 'g', logStreamName: 'other' })
  await put(bench, [
    [0, 'ERROR 1'],
    [0, 'fine'],
    [1, 'ERROR 2'],
  ])
  await put(bench, [[0, 'ERROR elsewhere']], 'other')
  assert.deepEqual(await next(), { messages: ['ERROR 1', 'ERROR 2'], sampled: false })
  await put(
    bench,
    Array.from({ length: 1500 }, (_, n) => [0, `ERROR ${n}`]),
  )
  const many = await next()
  assert.deepEqual([many.messages.length, many.sampled], [500, true])
  leave.abort()
  assert.equal((await stream.next()).done, true)
  assert.equal((await call('StartLiveTail', { logGroupIdentifiers: [ARN] })).responseStream === undefined, false)
  await fails(call('StartLiveTail', { logGroupIdentifiers: ['g'] }), 'InvalidParameterException', /ARN/)
  await fails(call('StartLiveTail', { logGroupIdentifiers: [`${ARN}:*`] }), 'InvalidParameterException', /ARN/)
  await fails(call('StartLiveTail', { logGroupIdentifiers: [`${ARN}x`] }), 'ResourceNotFoundException', NO_GROUP)
  await fails(
    call('StartLiveTail', { logGroupIdentifiers: [ARN, `${ARN}2`], logStreamNames: ['s'] }),
    'InvalidParameterException',
    /single log group/,
  )
  await logs.close()
})

test('a Live Tail session ends when the server is about to close', async () => {
  const bench = await withStream()
  const { responseStream } = await bench.call('StartLiveTail', { logGroupIdentifiers: [ARN] })
  assert.ok(responseStream)
  const stream = responseStream[Symbol.asyncIterator]()
  await stream.next()
  const last = stream.next()
  bench.drain()
  assert.equal((await last).done, true)
})

test('a Live Tail session ends after three hours', async () => {
  const bench = await withStream()
  const { responseStream } = await bench.call('StartLiveTail', { logGroupIdentifiers: [ARN] })
  assert.ok(responseStream)
  const stream = responseStream[Symbol.asyncIterator]()
  await stream.next()
  const update = stream.next()
  await bench.clock.advance(3 * 3_600_000)
  assert.equal((await update).done, false)
  await fails(stream.next(), 'SessionTimeoutException', /timed out/)
  assert.equal((await stream.next()).done, true)
})

test('every row names its own action, and a resource even for input that is broken', () => {
  const context = { account: ACCOUNT, region: 'eu-west-1' } as RequestContext
  for (const [name, row] of Object.entries(cloudWatchLogsOperations)) {
    assert.equal(row.action, `logs:${name}`)
    const resource = row.resource as (input: object, context: RequestContext) => string
    assert.match(resource({}, context), /^(\*|arn:aws:logs:eu-west-1:)/)
  }
  assert.equal(
    cloudWatchLogsOperations.FilterLogEvents.resource({ logGroupIdentifier: `${ARN}:*` }, context),
    `${ARN}:log-stream:`,
  )
})
