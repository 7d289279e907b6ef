// Streams of tables through the SDK and boto3, against a server as users start it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  type StreamViewType,
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type _Record,
  type GetShardIteratorInput,
  type ListStreamsCommandOutput,
} from '@aws-sdk/client-dynamodb-streams'
import { boto3, openServer, REGION, type TestServer } from '../conformance/server-kit.ts'

let server: TestServer
let tables: DynamoDBClient
let streams: DynamoDBStreamsClient

before(async () => {
  server = await openServer()
  tables = new DynamoDBClient(server.sdk)
  streams = new DynamoDBStreamsClient(server.sdk)
})

after(async () => {
  tables.destroy()
  streams.destroy()
  await server[Symbol.asyncDispose]()
})

async function tableWithStream(TableName: string, viewType: StreamViewType): Promise<string> {
  const { TableDescription } = await tables.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: viewType },
    }),
  )
  return TableDescription?.LatestStreamArn ?? ''
}

const put = (TableName: string, id: string, value: string, at = 1) =>
  tables.send(new PutItemCommand({ TableName, Item: { id: { S: id }, at: { N: String(at) }, value: { S: value } } }))

async function describe(StreamArn: string) {
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }))
  assert.ok(StreamDescription)
  return StreamDescription
}

async function iterator(
  StreamArn: string,
  ShardIteratorType: GetShardIteratorInput['ShardIteratorType'],
  SequenceNumber?: string,
): Promise<string> {
  const [shard] = (await describe(StreamArn)).Shards ?? []
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId: shard?.ShardId, ShardIteratorType, SequenceNumber }),
  )
  return ShardIterator ?? ''
}

async function read(ShardIterator: string, Limit?: number): Promise<{ records: _Record[]; next: string | undefined }> {
  const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator, Limit }))
  return { records: Records, next: NextShardIterator }
}

const changeOf = ({ eventName, dynamodb }: _Record) => ({
  eventName,
  keys: dynamodb?.Keys?.['id']?.S,
  new: dynamodb?.NewImage?.['value']?.S,
  old: dynamodb?.OldImage?.['value']?.S,
})

test('every change leaves a record with the images that the view type asks for', async () => {
  for (const viewType of ['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'] as const) {
    const name = `views-${viewType}`
    const arn = await tableWithStream(name, viewType)
    await put(name, 'a', 'one')
    await put(name, 'a', 'one')
    await put(name, 'a', 'two')
    await tables.send(new DeleteItemCommand({ TableName: name, Key: { id: { S: 'a' }, at: { N: '1' } } }))
    await tables.send(new DeleteItemCommand({ TableName: name, Key: { id: { S: 'a' }, at: { N: '1' } } }))
    const { records } = await read(await iterator(arn, 'TRIM_HORIZON'))
    const isNew = viewType.startsWith('NEW')
    const isOld = viewType.includes('OLD')
    assert.deepEqual(records.map(changeOf), [
      { eventName: 'INSERT', keys: 'a', new: isNew ? 'one' : undefined, old: undefined },
      { eventName: 'MODIFY', keys: 'a', new: isNew ? 'two' : undefined, old: isOld ? 'one' : undefined },
      { eventName: 'REMOVE', keys: 'a', new: undefined, old: isOld ? 'two' : undefined },
    ])
    for (const { eventSource, eventVersion, awsRegion, dynamodb, eventID } of records) {
      assert.deepEqual([eventSource, eventVersion, awsRegion], ['aws:dynamodb', '1.1', REGION])
      assert.equal(dynamodb?.StreamViewType, viewType)
      assert.deepEqual(dynamodb?.Keys, { id: { S: 'a' }, at: { N: '1' } })
      assert.match(eventID ?? '', /^[0-9a-f]{32}$/)
      assert.ok(dynamodb?.ApproximateCreationDateTime instanceof Date)
      assert.ok((dynamodb?.SizeBytes ?? 0) > 0)
    }
  }
})

test('iterators of all four types, pages, and the order of changes', async () => {
  const arn = await tableWithStream('places', 'NEW_IMAGE')
  const latest = await iterator(arn, 'LATEST')
  for (let at = 1; at <= 12; at++) await put('places', `item${at % 3}`, String(at))
  const all = await read(latest)
  assert.deepEqual(
    all.records.map(({ dynamodb }) => dynamodb?.NewImage?.['value']?.S),
    Array.from({ length: 12 }, (_, index) => String(index + 1)),
  )
  const numbers = all.records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '')
  assert.deepEqual(numbers, numbers.toSorted())
  const values = async (from: Promise<string>): Promise<string[]> => {
    const found: string[] = []
    for (let next: string | undefined = await from; next !== undefined;) {
      const page = await read(next, 5)
      if (page.records.length === 0) break
      assert.ok(page.records.length <= 5)
      found.push(...page.records.map(({ dynamodb }) => dynamodb?.NewImage?.['value']?.S ?? ''))
      next = page.next
    }
    return found
  }
  assert.equal((await values(iterator(arn, 'TRIM_HORIZON'))).length, 12)
  assert.deepEqual(await values(iterator(arn, 'AT_SEQUENCE_NUMBER', numbers[9])), ['10', '11', '12'])
  assert.deepEqual(await values(iterator(arn, 'AFTER_SEQUENCE_NUMBER', numbers[9])), ['11', '12'])
  assert.deepEqual(await values(iterator(arn, 'LATEST')), [])
})

test('a transaction leaves its records together', async () => {
  const arn = await tableWithStream('together', 'NEW_AND_OLD_IMAGES')
  await tables.send(
    new TransactWriteItemsCommand({
      TransactItems: ['x', 'y', 'z'].map((id) => ({
        Put: { TableName: 'together', Item: { id: { S: id }, at: { N: '1' } } },
      })),
    }),
  )
  await tables.send(
    new UpdateItemCommand({
      TableName: 'together',
      Key: { id: { S: 'x' }, at: { N: '1' } },
      UpdateExpression: 'SET #v = :v',
      ExpressionAttributeNames: { '#v': 'value' },
      ExpressionAttributeValues: { ':v': { S: 'set' } },
    }),
  )
  const { records } = await read(await iterator(arn, 'TRIM_HORIZON'))
  assert.deepEqual(
    records.map(changeOf).map(({ eventName, keys }) => `${eventName} ${keys}`),
    ['INSERT x', 'INSERT y', 'INSERT z', 'MODIFY x'],
  )
})

test('a stream that is disabled is read to its end, and a new one begins with a new label', async () => {
  const arn = await tableWithStream('ended', 'KEYS_ONLY')
  await put('ended', 'a', 'one')
  const open = await iterator(arn, 'TRIM_HORIZON')
  await tables.send(new UpdateTableCommand({ TableName: 'ended', StreamSpecification: { StreamEnabled: false } }))
  const description = await describe(arn)
  assert.equal(description.StreamStatus, 'DISABLED')
  assert.ok(description.Shards?.[0]?.SequenceNumberRange?.EndingSequenceNumber)
  const { records, next } = await read(open)
  assert.equal(records.length, 1)
  assert.equal(next, undefined)
  await put('ended', 'b', 'unseen')
  await tables.send(
    new UpdateTableCommand({
      TableName: 'ended',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    }),
  )
  const { Table } = await tables.send(new DescribeTableCommand({ TableName: 'ended' }))
  assert.notEqual(Table?.LatestStreamArn, arn)
  assert.equal(Table?.LatestStreamArn?.endsWith(Table.LatestStreamLabel ?? '?'), true)
  const { Streams = [] } = await streams.send(new ListStreamsCommand({ TableName: 'ended' }))
  assert.deepEqual(
    Streams.map(({ StreamArn }) => StreamArn),
    [arn, Table?.LatestStreamArn],
  )
  assert.equal((await read(await iterator(Table?.LatestStreamArn ?? '', 'TRIM_HORIZON'))).records.length, 0)
})

test('streams are listed in pages; what is not there is told', async () => {
  const seen: string[] = []
  for (let start: string | undefined, first = true; first || start !== undefined; first = false) {
    const page: ListStreamsCommandOutput = await streams.send(
      new ListStreamsCommand({ Limit: 2, ExclusiveStartStreamArn: start }),
    )
    assert.ok((page.Streams?.length ?? 0) <= 2)
    seen.push(...(page.Streams ?? []).map(({ StreamArn = '' }) => StreamArn))
    start = page.LastEvaluatedStreamArn
  }
  assert.ok(seen.length >= 7 && new Set(seen).size === seen.length)
  const arn = `arn:aws:dynamodb:${REGION}:000000000000:table/none/stream/2026-01-01T00:00:00.000`
  await assert.rejects(streams.send(new DescribeStreamCommand({ StreamArn: arn })), {
    name: 'ResourceNotFoundException',
    message: `Requested resource not found: Stream: ${arn} not found`,
  })
  await assert.rejects(streams.send(new GetRecordsCommand({ ShardIterator: 'nonsense' })), {
    name: 'ValidationException',
    message: 'Invalid ShardIterator',
  })
  await assert.rejects(
    streams.send(
      new GetShardIteratorCommand({
        StreamArn: seen[0],
        ShardId: 'shardId-00000000000000000000-00000000',
        ShardIteratorType: 'LATEST',
      }),
    ),
    { name: 'ResourceNotFoundException' },
  )
})

test('boto3 reads a stream', async () => {
  await tableWithStream('python', 'NEW_AND_OLD_IMAGES')
  const shown = await boto3(
    server,
    `
tables, streams = client('dynamodb'), client('dynamodbstreams')
tables.put_item(TableName='python', Item={'id': {'S': 'a'}, 'at': {'N': '1.50'}, 'b': {'B': b'\\xff'}})
arn = streams.list_streams(TableName='python')['Streams'][0]['StreamArn']
shard = streams.describe_stream(StreamArn=arn)['StreamDescription']['Shards'][0]['ShardId']
it = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType='TRIM_HORIZON')['ShardIterator']
record = streams.get_records(ShardIterator=it)['Records'][0]
show([record['eventName'], record['dynamodb']['NewImage'], record['dynamodb']['Keys']])
`,
  )
  assert.deepEqual(shown, [
    ['INSERT', { id: { S: 'a' }, at: { N: '1.5' }, b: { B: "b'\\xff'" } }, { id: { S: 'a' }, at: { N: '1.5' } }],
  ])
})
