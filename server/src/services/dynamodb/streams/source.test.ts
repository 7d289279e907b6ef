import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import type { StreamPosition } from '#events/stream-source.ts'
import { createWorld, type DynamoWorld } from '../../../../test/dynamodb/kit.ts'
import { createDynamoStreamsService } from './service.ts'
import { createStreamSource } from './source.ts'
import { trimStreams } from './trim.ts'
import { sweepTable } from '../ttl-sweep.ts'

const TableName = 'orders'
const HOUR_MS = 60 * 60 * 1000

async function open(clock = new ManualClock()): Promise<{ world: DynamoWorld; arn: string; clock: ManualClock }> {
  const world = createWorld({ clock })
  const { TableDescription } = await world.run('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  })
  return { world, arn: TableDescription?.LatestStreamArn ?? '', clock }
}

const put = (world: DynamoWorld, id: string, more: object = {}): Promise<unknown> =>
  world.run('PutItem', { TableName, Item: { id: { S: id }, ...more } })

async function onlyShard(source: ReturnType<typeof createStreamSource>, arn: string): Promise<string> {
  const [shard, ...others] = (await source.shards(arn)) ?? []
  assert.ok(shard && others.length === 0)
  assert.deepEqual(shard.parents, [])
  return shard.id
}

const idsOf = (records: readonly { readonly record: Readonly<Record<string, unknown>> }[]): unknown[] =>
  records.map(({ record }) => (record['dynamodb'] as { Keys: { id: { S: string } } }).Keys.id.S)

test('a source reads pages from every kind of place', async () => {
  const { world, arn, clock } = await open()
  const source = createStreamSource(world)
  const shard = await onlyShard(source, arn)
  const early = await source.read(arn, shard, { kind: 'latest' }, 10)
  assert.deepEqual(early.records, [])
  for (const id of ['a', 'b', 'c']) await put(world, id)
  await clock.advance(HOUR_MS)
  const later = clock.nowMs()
  for (const id of ['d', 'e']) await put(world, id)
  const all: unknown[] = []
  for (let from: StreamPosition = { kind: 'oldest' }; ;) {
    const page = await source.read(arn, shard, from, 2)
    if (page.records.length === 0) break
    assert.ok(page.records.length <= 2 && page.next)
    all.push(...idsOf(page.records))
    from = page.next
  }
  assert.deepEqual(all, ['a', 'b', 'c', 'd', 'e'])
  assert.ok(early.next)
  assert.deepEqual(idsOf((await source.read(arn, shard, early.next, 10)).records), ['a', 'b', 'c', 'd', 'e'])
  assert.deepEqual(idsOf((await source.read(arn, shard, { kind: 'at-time', timeMs: later }, 10)).records), ['d', 'e'])
  const middle = await source.read(arn, shard, { kind: 'oldest' }, 3)
  const last = middle.records.at(-1)
  assert.ok(last)
  const rest = await source.read(arn, shard, { kind: 'after', sequence: last.sequence }, 10)
  assert.deepEqual(idsOf(rest.records), ['d', 'e'])
  assert.deepEqual((await source.read(arn, shard, { kind: 'latest' }, 10)).records, [])
  assert.equal(await source.shards(`${arn}x`), undefined)
  await assert.rejects(source.read(`${arn}x`, shard, { kind: 'oldest' }, 1), /Requested resource not found: Stream/)
  await assert.rejects(source.read(arn, 'shardId-0', { kind: 'oldest' }, 1), /Requested resource not found: Shard/)
})

test('a record is what a function sees', async () => {
  const { world, arn, clock } = await open()
  await put(world, 'a', { data: { B: Buffer.from('hi') }, n: { N: '1' } })
  const source = createStreamSource(world)
  const { records } = await source.read(arn, await onlyShard(source, arn), { kind: 'oldest' }, 10)
  const [found] = records
  assert.ok(found)
  const { eventID, ...record } = found.record
  assert.match(String(eventID), /^[0-9a-f]{32}$/)
  assert.deepEqual(record, {
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-west-1',
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(clock.nowMs() / 1000),
      Keys: { id: { S: 'a' } },
      NewImage: { id: { S: 'a' }, data: { B: 'aGk=' }, n: { N: '1' } },
      SequenceNumber: found.sequence,
      SizeBytes: 3 + 3 + 6 + 3,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
    eventSourceARN: arn,
  })
  assert.equal(found.recordBytes, Buffer.byteLength(JSON.stringify(found.record)))
  assert.equal(found.createdMs, clock.nowMs())
})

test('watchers are woken by changes and by the end, and the closed shard is read to its end', async () => {
  const { world, arn } = await open()
  const source = createStreamSource(world)
  const shard = await onlyShard(source, arn)
  const woke: (() => void)[] = []
  let wakes = 0
  const end = source.watch(arn, () => {
    wakes++
    for (const tell of woke.splice(0)) tell()
  })
  const woken = (): Promise<void> => new Promise((resolve) => woke.push(resolve))
  await woken()
  wakes = 0
  await put(world, 'a')
  assert.ok(wakes > 0, 'in the tick of the commit')
  const waiting = woken()
  await world.run('UpdateTable', { TableName, StreamSpecification: { StreamEnabled: false } })
  await waiting
  const first = await source.read(arn, shard, { kind: 'oldest' }, 1)
  assert.equal(first.records.length, 1)
  const last = first.next && (await source.read(arn, shard, first.next, 1))
  assert.deepEqual(last ?? first.next, last && { records: [], next: undefined })
  assert.deepEqual(await source.read(arn, shard, { kind: 'latest' }, 1), { records: [], next: undefined })
  end()
  wakes = 0
  await put(world, 'b')
  assert.equal(wakes, 0)
})

test('records are kept for a day, an ended stream until its last record is gone', async () => {
  const { world, arn, clock } = await open()
  const source = createStreamSource(world)
  const shard = await onlyShard(source, arn)
  await put(world, 'old')
  await clock.advance(23 * HOUR_MS)
  await put(world, 'young')
  const kept = async (): Promise<unknown[]> => {
    await trimStreams(world.store, clock.nowMs())
    return idsOf((await source.read(arn, shard, { kind: 'oldest' }, 10)).records)
  }
  assert.deepEqual(await kept(), ['old', 'young'])
  await clock.advance(HOUR_MS + 1)
  assert.deepEqual(await kept(), ['young'])
  await world.run('UpdateTable', { TableName, StreamSpecification: { StreamEnabled: false } })
  await clock.advance(23 * HOUR_MS)
  assert.deepEqual(await kept(), [])
  assert.ok(await source.shards(arn))
  await clock.advance(2 * HOUR_MS)
  await trimStreams(world.store, clock.nowMs())
  assert.equal(await source.shards(arn), undefined)
})

test('iterators end after 15 minutes; places that were trimmed are told', async () => {
  const { world, arn, clock } = await open()
  const service = createDynamoStreamsService({ store: world.store, clock }, () => undefined)
  const call = async (operation: string, input: object): Promise<Record<string, unknown>> =>
    (await service.operations.get(operation)?.handle(input, {} as never)) as Record<string, unknown>
  await put(world, 'a')
  await clock.advance(HOUR_MS)
  await put(world, 'b')
  const source = createStreamSource(world)
  const ShardId = await onlyShard(source, arn)
  const place = { StreamArn: arn, ShardId }
  const { ShardIterator } = await call('GetShardIterator', { ...place, ShardIteratorType: 'TRIM_HORIZON' })
  await clock.advance(15 * 60_000)
  const { Records, NextShardIterator } = await call('GetRecords', { ShardIterator })
  const [first] = Records as { dynamodb: { SequenceNumber: string } }[]
  await clock.advance(15 * 60_000 + 1)
  await assert.rejects(call('GetRecords', { ShardIterator: NextShardIterator }), { code: 'ExpiredIteratorException' })
  await clock.advance(23 * HOUR_MS)
  await trimStreams(world.store, clock.nowMs())
  const SequenceNumber = first?.dynamodb.SequenceNumber
  await assert.rejects(
    call('GetShardIterator', { ...place, ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber }),
    {
      code: 'TrimmedDataAccessException',
    },
  )
  await assert.rejects(call('GetShardIterator', { ...place, ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' }), {
    code: 'ValidationException',
  })
})

test('what time to live deletes is marked as the service', async () => {
  const { world, arn, clock } = await open()
  const { deps } = world.service
  await world.run('UpdateTimeToLive', {
    TableName,
    TimeToLiveSpecification: { Enabled: true, AttributeName: 'expires' },
  })
  deps.jobs.wake()
  for (let turn = 0; turn < 20; turn++) await clock.advance(10)
  await deps.jobs.idle()
  await put(world, 'a', { expires: { N: String(Math.floor(clock.nowMs() / 1000) - 10) } })
  const table = await deps.tables.find({ account: '000000000000', region: 'eu-west-1', name: TableName })
  assert.ok(table)
  await sweepTable(deps, table.record, new AbortController().signal)
  const source = createStreamSource(world)
  const { records } = await source.read(arn, await onlyShard(source, arn), { kind: 'oldest' }, 10)
  assert.deepEqual(
    records.map(({ record }) => [record['eventName'], record['userIdentity']]),
    [
      ['INSERT', undefined],
      ['REMOVE', { principalId: 'dynamodb.amazonaws.com', type: 'Service' }],
    ],
  )
  await world.service.close()
})

test('large records come in pages of a megabyte, small ones by their number', async () => {
  const { world, arn } = await open()
  const source = createStreamSource(world)
  const shard = await onlyShard(source, arn)
  for (let id = 0; id < 8; id++) await put(world, `large-${id}`, { v: { S: 'x'.repeat(300_000) } })
  for (let id = 0; id < 700; id++) await put(world, `small-${id}`)
  const sizes: number[] = []
  for (let from: StreamPosition = { kind: 'oldest' }; ;) {
    const { records, next } = await source.read(arn, shard, from, 500)
    if (records.length === 0 || next === undefined) break
    sizes.push(records.length)
    from = next
  }
  assert.deepEqual(sizes, [4, 4, 500, 200])
})
