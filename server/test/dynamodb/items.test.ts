// Items through the SDK: reads, writes, conditions, pages, batches, and what is told of them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { openServer, type TestServer } from '../conformance/server-kit.ts'

let server: TestServer
let db: DynamoDBClient
const TableName = 'items'

before(async () => {
  server = await openServer()
  db = new DynamoDBClient(server.sdk)
  await db.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'p', AttributeType: 'S' },
        { AttributeName: 's', AttributeType: 'N' },
        { AttributeName: 'l', AttributeType: 'S' },
        { AttributeName: 'g', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'p', KeyType: 'HASH' },
        { AttributeName: 's', KeyType: 'RANGE' },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: 'local',
          KeySchema: [
            { AttributeName: 'p', KeyType: 'HASH' },
            { AttributeName: 'l', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['n'] },
        },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'global',
          KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  )
})
after(async () => {
  db.destroy()
  await server[Symbol.asyncDispose]()
})

type Item = Record<string, AttributeValue>

const key = (p: string, s: number | string): Item => ({ p: { S: p }, s: { N: String(s) } })
const put = (Item: Item, more: Partial<PutItemCommandInput> = {}) =>
  db.send(new PutItemCommand({ TableName, Item, ...more }))
const get = async (Key: Item) => (await db.send(new GetItemCommand({ TableName, Key }))).Item
const query = (more: Partial<QueryCommandInput>) => db.send(new QueryCommand({ TableName, ...more }))
const scan = (more: Partial<ScanCommandInput>) => db.send(new ScanCommand({ TableName, ...more }))
const update = (Key: Item, more: Partial<UpdateItemCommandInput>) =>
  db.send(new UpdateItemCommand({ TableName, Key, ...more }))

async function invalid(promise: Promise<unknown>, message: string): Promise<void> {
  await assert.rejects(promise, (error: Error) => {
    assert.deepEqual([error.name, error.message], ['ValidationException', message])
    return true
  })
}

test('every type of value comes back as it was put', async () => {
  const item: Item = {
    ...key('types', '-12.50'),
    text: { S: 'é\u{1F600}\u0000"\\' },
    empty: { S: '' },
    number: { N: '12345678901234567890123456789012345678' },
    bytes: { B: Buffer.from([0, 1, 2, 255]) },
    noBytes: { B: Buffer.alloc(0) },
    texts: { SS: ['a', 'b'] },
    numbers: { NS: ['-2.5', '1'] },
    blobs: { BS: [Buffer.from('x'), Buffer.from('y')] },
    yes: { BOOL: true },
    nothing: { NULL: true },
    map: { M: { __proto__2: { S: 'x' }, deep: { L: [{ M: { B: { S: 'named B' } } }, { B: Buffer.from('z') }] } } },
    list: { L: [] },
  }
  await put(item)
  const found = await get(key('types', '-12.5'))
  assert.equal(found?.['s']?.N, '-12.5')
  assert.deepEqual({ ...plain(found), s: undefined }, { ...plain(item), s: undefined })
})

/** Bytes as arrays of numbers: the SDK answers Uint8Array. */
function plain(item: Item | undefined): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(item, (_, value: unknown) =>
      value instanceof Uint8Array
        ? [...value]
        : typeof value === 'object' && value !== null && 'data' in value
          ? value.data
          : value,
    ),
  ) as Record<string, unknown>
}

test('writes answer what was there, and conditions hold or not', async () => {
  const Key = key('conditions', 1)
  assert.equal((await put({ ...Key, n: { N: '1' } }, { ReturnValues: 'ALL_OLD' })).Attributes, undefined)
  const old = await put({ ...Key, n: { N: '2' } }, { ReturnValues: 'ALL_OLD' })
  assert.deepEqual(old.Attributes, { ...Key, n: { N: '1' } })
  await assert.rejects(
    put(Key, {
      ConditionExpression: 'attribute_not_exists(p)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
    (error: unknown) => {
      assert.ok(error instanceof ConditionalCheckFailedException)
      assert.equal(error.message, 'The conditional request failed')
      assert.deepEqual(error.Item, { ...Key, n: { N: '2' } })
      return true
    },
  )
  await invalid(put(Key, { ReturnValues: 'ALL_NEW' }), 'ReturnValues can only be ALL_OLD or NONE')
  const expected = { TableName, Key, Expected: { n: { Value: { N: '3' } } } }
  await assert.rejects(db.send(new DeleteItemCommand(expected)), { name: 'ConditionalCheckFailedException' })
  const gone = await db.send(
    new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD', Expected: { n: { Value: { N: '2' } } } }),
  )
  assert.equal(gone.Attributes?.['n']?.N, '2')
  assert.equal(await get(Key), undefined)
  const nothing = await db.send(new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }))
  assert.equal(nothing.Attributes, undefined)
})

test('updates answer the values that were asked for', async () => {
  const Key = key('updates', 1)
  const set = {
    UpdateExpression: 'SET n = if_not_exists(n, :zero) + :one, m.x = :one REMOVE gone',
    ExpressionAttributeValues: { ':zero': { N: '0' }, ':one': { N: '1' } },
  }
  await invalid(update(Key, set), 'The document path provided in the update expression is invalid for update')
  await put({ ...Key, m: { M: {} }, gone: { S: 'x' }, kept: { S: 'y' } })
  assert.equal((await update(Key, set)).Attributes, undefined)
  const newer = await update(Key, { ...set, ReturnValues: 'UPDATED_NEW' })
  assert.deepEqual(newer.Attributes, { n: { N: '2' }, m: { M: { x: { N: '1' } } } })
  const older = await update(Key, { ...set, ReturnValues: 'UPDATED_OLD' })
  assert.deepEqual(older.Attributes, { n: { N: '2' }, m: { M: { x: { N: '1' } } } })
  const all = await update(Key, { ...set, ReturnValues: 'ALL_NEW' })
  assert.deepEqual(all.Attributes, { ...Key, n: { N: '4' }, m: { M: { x: { N: '1' } } }, kept: { S: 'y' } })
  // Without anything to do, an item comes to be with its key.
  await update(key('updates', 2), {})
  assert.deepEqual(await get(key('updates', 2)), key('updates', 2))
  await invalid(
    update(Key, { UpdateExpression: 'SET p = :x', ExpressionAttributeValues: { ':x': { S: 'x' } } }),
    'One or more parameter values were invalid: Cannot update attribute p. This attribute is part of the key',
  )
  await update(Key, { AttributeUpdates: { n: { Action: 'ADD', Value: { N: '5' } } } })
  assert.equal((await get(Key))?.['n']?.N, '9')
})

test('keys and items that do not fit are refused in the words of the service', async () => {
  const parameters = 'One or more parameter values were invalid: '
  await invalid(put({ p: { S: 'x' } }), `${parameters}Missing the key s in the item`)
  await invalid(put({ p: { N: '1' }, s: { N: '1' } }), `${parameters}Type mismatch for key p expected: S actual: N`)
  await invalid(
    put(key('', 1)),
    'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p',
  )
  await invalid(
    put({ ...key('x', 1), g: { N: '1' } }),
    `${parameters}Type mismatch for Index Key g Expected: S Actual: N IndexName: global`,
  )
  await invalid(
    put({ ...key('x', 1), g: { S: '' } }),
    'One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: global, IndexKey: g',
  )
  await invalid(get({ p: { S: 'x' } }), 'The provided key element does not match the schema')
  await invalid(get({ p: { S: 'x' }, s: { S: '1' } }), 'The provided key element does not match the schema')
  await invalid(
    put(key('p'.repeat(2049), 1)),
    `${parameters}Size of hashkey has exceeded the maximum size limit of2048 bytes`,
  )
  const large = { ...key('large', 1), t: { S: 'x'.repeat(400 * 1024) } }
  await invalid(put(large), 'Item size has exceeded the maximum allowed size')
  const almost = { ...large, t: { S: 'x'.repeat(400 * 1024 - 20) } }
  await put(almost)
  await invalid(
    update(key('large', 1), {
      UpdateExpression: 'SET u = :u',
      ExpressionAttributeValues: { ':u': { S: 'x'.repeat(50) } },
    }),
    'Item size to update has exceeded the maximum allowed size',
  )
  await assert.rejects(db.send(new GetItemCommand({ TableName: 'nowhere', Key: key('x', 1) })), {
    name: 'ResourceNotFoundException',
    message: 'Requested resource not found',
  })
})

test('items whose JSON is many times their size are kept as well', async () => {
  const list = { L: Array.from({ length: 150_000 }, () => ({ NULL: true as const })) }
  await put({ ...key('wide', 1), list, text: { S: '\u0001'.repeat(50_000) } })
  const found = await get(key('wide', 1))
  assert.equal(found?.['list']?.L?.length, 150_000)
  assert.equal(found['text']?.S, '\u0001'.repeat(50_000))
})

test('a query answers a range of sort keys in both directions, in pages', async () => {
  const numbers = [-1000, -2.5, -2, -0.1, 0, 0.1, 2, 10, 100]
  for (const s of numbers.toReversed())
    await put({ ...key('range', s), l: { S: `l${s}` }, n: { N: String(s) }, o: { S: 'o' } })
  const sorts = (items: Item[] | undefined): number[] => (items ?? []).map((item) => Number(item['s']?.N))
  const by = (condition: string, values: Item = {}, more: Partial<QueryCommandInput> = {}) =>
    query({
      KeyConditionExpression: `p = :p${condition === '' ? '' : ` AND ${condition}`}`,
      ExpressionAttributeValues: { ':p': { S: 'range' }, ...values },
      ...more,
    })
  assert.deepEqual(sorts((await by('')).Items), numbers)
  assert.deepEqual(sorts((await by('', {}, { ScanIndexForward: false })).Items), numbers.toReversed())
  const zero = { ':v': { N: '0' } }
  assert.deepEqual(
    sorts((await by('s < :v', zero)).Items),
    numbers.filter((s) => s < 0),
  )
  assert.deepEqual(
    sorts((await by('s <= :v', zero)).Items),
    numbers.filter((s) => s <= 0),
  )
  assert.deepEqual(
    sorts((await by('s > :v', zero)).Items),
    numbers.filter((s) => s > 0),
  )
  assert.deepEqual(
    sorts((await by('s >= :v', zero)).Items),
    numbers.filter((s) => s >= 0),
  )
  assert.deepEqual(sorts((await by('s = :v', zero)).Items), [0])
  const between = { ':l': { N: '-2' }, ':h': { N: '10' } }
  assert.deepEqual(
    sorts((await by('s BETWEEN :l AND :h', between)).Items),
    numbers.filter((s) => s >= -2 && s <= 10),
  )
  for (const ScanIndexForward of [true, false]) {
    const seen: number[] = []
    let ExclusiveStartKey: Item | undefined
    do {
      const page = await by('s > :v', { ':v': { N: '-1000' } }, { Limit: 3, ScanIndexForward, ExclusiveStartKey })
      seen.push(...sorts(page.Items))
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey !== undefined)
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      numbers.slice(1),
    )
  }
  await invalid(
    by('s > :v', zero, { ExclusiveStartKey: key('range', -5) }),
    'The provided starting key does not match the range key predicate',
  )
  await invalid(
    by('', {}, { ExclusiveStartKey: key('other', 1) }),
    'The provided starting key is outside query boundaries based on provided conditions',
  )
  await invalid(
    query({}),
    'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
  )
  await invalid(
    query({ KeyConditionExpression: 's = :s', ExpressionAttributeValues: { ':s': { N: '1' } } }),
    'Query condition missed key schema element: p',
  )
})

test('indexes answer what they project, and a local one the rest from the table', async () => {
  for (let at = 0; at < 5; at++)
    await put({
      ...key('indexes', at),
      l: { S: `word-${4 - at}` },
      g: { S: 'group' },
      n: { N: String(at) },
      o: { S: 'other' },
    })
  await put(key('indexes', 99))
  const local = {
    IndexName: 'local',
    KeyConditionExpression: 'p = :p AND begins_with(l, :w)',
    ExpressionAttributeValues: { ':p': { S: 'indexes' }, ':w': { S: 'word-' } },
  }
  const projected = await query(local)
  assert.deepEqual(
    projected.Items?.map((item) => item['n']?.N),
    ['4', '3', '2', '1', '0'],
  )
  assert.deepEqual(Object.keys(projected.Items?.[0] ?? {}).toSorted(), ['l', 'n', 'p', 's'])
  const whole = await query({
    ...local,
    Select: 'ALL_ATTRIBUTES',
    ReturnConsumedCapacity: 'INDEXES',
    ConsistentRead: true,
  })
  assert.equal(whole.Items?.[0]?.['o']?.S, 'other')
  assert.deepEqual(whole.ConsumedCapacity?.LocalSecondaryIndexes, { local: { CapacityUnits: 1 } })
  assert.deepEqual(whole.ConsumedCapacity.Table, { CapacityUnits: 5 })
  const global = {
    IndexName: 'global',
    KeyConditionExpression: 'g = :g',
    ExpressionAttributeValues: { ':g': { S: 'group' } },
  }
  const pages: number[] = []
  let ExclusiveStartKey: Item | undefined
  do {
    const page = await query({ ...global, Limit: 2, ExclusiveStartKey })
    pages.push(page.Count ?? 0)
    ExclusiveStartKey = page.LastEvaluatedKey
    if (ExclusiveStartKey !== undefined) assert.deepEqual(Object.keys(ExclusiveStartKey).toSorted(), ['g', 'p', 's'])
  } while (ExclusiveStartKey !== undefined)
  assert.deepEqual(pages, [2, 2, 1])
  await invalid(
    query({ ...global, ConsistentRead: true }),
    'Consistent reads are not supported on global secondary indexes',
  )
  await invalid(
    query({ ...global, Select: 'ALL_ATTRIBUTES' }),
    'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index global because its projection type is not ALL',
  )
  await invalid(
    query({ ...global, ProjectionExpression: 'o' }),
    'One or more parameter values were invalid: Global secondary index global does not project [o]',
  )
  // The entry moves with its attribute, and goes with it.
  await update(key('indexes', 0), {
    UpdateExpression: 'SET g = :g',
    ExpressionAttributeValues: { ':g': { S: 'moved' } },
  })
  await update(key('indexes', 1), { UpdateExpression: 'REMOVE g' })
  assert.equal((await query(global)).Count, 3)
})

test('filters, projections and counts', async () => {
  for (let at = 0; at < 10; at++)
    await put({ ...key('filter', at), n: { N: String(at) }, m: { M: { even: { BOOL: at % 2 === 0 } } } })
  const all = {
    KeyConditionExpression: 'p = :p',
    ExpressionAttributeValues: { ':p': { S: 'filter' }, ':yes': { BOOL: true } },
  }
  const filtered = await query({ ...all, FilterExpression: 'm.even = :yes', ProjectionExpression: 'n, m.even' })
  assert.deepEqual([filtered.Count, filtered.ScannedCount], [5, 10])
  assert.deepEqual(filtered.Items?.[1], { n: { N: '2' }, m: { M: { even: { BOOL: true } } } })
  const counted = await query({ ...all, FilterExpression: 'm.even = :yes', Select: 'COUNT' })
  assert.deepEqual([counted.Count, counted.Items], [5, undefined])
  await invalid(
    query({ ...all, FilterExpression: 's = :yes' }),
    'Filter Expression can only contain non-primary key attributes: Primary key attribute: s',
  )
})

test('a scan reads everything once, in segments as well', async () => {
  const Table = 'scanned'
  await db.send(
    new CreateTableCommand({
      TableName: Table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'B' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  )
  const ids = Array.from({ length: 200 }, (_, at) => at)
  await Promise.all(
    ids.map((at) =>
      db.send(
        new PutItemCommand({
          TableName: Table,
          Item: { id: { B: Buffer.from([at, 0]) }, t: { S: 'x'.repeat(20_000) } },
        }),
      ),
    ),
  )
  const read = async (more: Partial<ScanCommandInput>): Promise<number[]> => {
    const seen: number[] = []
    let ExclusiveStartKey: Item | undefined
    do {
      const page = await scan({ TableName: Table, ExclusiveStartKey, ...more })
      seen.push(...(page.Items ?? []).map((item) => item['id']?.B?.[0] ?? -1))
      assert.ok((page.Items?.length ?? 0) <= 53, 'a page has 1 MB')
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey !== undefined)
    return seen
  }
  assert.deepEqual(
    (await read({})).toSorted((a, b) => a - b),
    ids,
  )
  const segments = await Promise.all([0, 1, 2].map((Segment) => read({ Segment, TotalSegments: 3, Limit: 10 })))
  assert.ok(segments.every((segment) => segment.length > 30))
  assert.deepEqual(
    segments.flat().toSorted((a, b) => a - b),
    ids,
  )
  await invalid(
    scan({ TableName: Table, Segment: 3, TotalSegments: 3 }),
    'The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 3 is not less than TotalSegments: 3',
  )
  const first = segments[0]?.[0] ?? 0
  await invalid(
    scan({ TableName: Table, Segment: 2, TotalSegments: 3, ExclusiveStartKey: { id: { B: Buffer.from([first, 0]) } } }),
    'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: 3 Segment: 2',
  )
})

test('batches write and read many items', async () => {
  const puts = Array.from({ length: 25 }, (_, at) => ({
    PutRequest: { Item: { ...key('batch', at), t: { S: 'x'.repeat(1500) } } },
  }))
  const written = await db.send(
    new BatchWriteItemCommand({
      RequestItems: { [TableName]: puts },
      ReturnConsumedCapacity: 'TOTAL',
      ReturnItemCollectionMetrics: 'SIZE',
    }),
  )
  assert.deepEqual(written.UnprocessedItems, {})
  assert.deepEqual(written.ConsumedCapacity, [{ TableName, CapacityUnits: 50 }])
  assert.equal(written.ItemCollectionMetrics?.[TableName]?.length, 25)
  const Keys = Array.from({ length: 30 }, (_, at) => key('batch', at))
  const read = await db.send(
    new BatchGetItemCommand({
      RequestItems: { [TableName]: { Keys, ProjectionExpression: 's' } },
      ReturnConsumedCapacity: 'TOTAL',
    }),
  )
  assert.deepEqual(
    read.Responses?.[TableName]?.map((item) => Number(item['s']?.N)).toSorted((a, b) => a - b),
    Array.from({ length: 25 }, (_, at) => at),
  )
  assert.deepEqual(read.ConsumedCapacity, [{ TableName, CapacityUnits: 15 }])
  await invalid(
    db.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: [key('x', 1), key('x', '1.0')] } } })),
    'Provided list of item keys contains duplicates',
  )
  await invalid(
    db.send(
      new BatchWriteItemCommand({
        RequestItems: { [TableName]: [puts[0] ?? {}, { DeleteRequest: { Key: key('batch', 0) } }] },
      }),
    ),
    'Provided list of item keys contains duplicates',
  )
})

test('batches that are too large or empty are refused', async () => {
  const put = { PutRequest: { Item: key('batch', 1) } }
  await assert.rejects(
    db.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: Array.from({ length: 26 }, () => put) } })),
    (error: Error) => {
      assert.equal(error.name, 'ValidationException')
      assert.match(
        error.message,
        /^1 validation error detected: Value '.*' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: \[Member must have length less than or equal to 25, Member must have length greater than or equal to 1\]$/,
      )
      return true
    },
  )
  await invalid(
    db.send(new BatchGetItemCommand({ RequestItems: {} })),
    "1 validation error detected: Value '{}' at 'requestItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
  )
})

test('capacity is told for the table and each index that a write changes', async () => {
  const Item = { ...key('capacity', 1), g: { S: 'g' }, l: { S: 'l' }, t: { S: 'x'.repeat(3000) } }
  const fresh = await put(Item, { ReturnConsumedCapacity: 'INDEXES', ReturnItemCollectionMetrics: 'SIZE' })
  assert.deepEqual(fresh.ConsumedCapacity, {
    TableName,
    CapacityUnits: 5,
    Table: { CapacityUnits: 3 },
    LocalSecondaryIndexes: { local: { CapacityUnits: 1 } },
    GlobalSecondaryIndexes: { global: { CapacityUnits: 1 } },
  })
  assert.deepEqual(fresh.ItemCollectionMetrics, {
    ItemCollectionKey: { p: { S: 'capacity' } },
    SizeEstimateRangeGB: [0, 1],
  })
  // The indexes do not have the attribute that changes.
  const touched = await put({ ...Item, t: { S: 'y' } }, { ReturnConsumedCapacity: 'INDEXES' })
  assert.deepEqual(touched.ConsumedCapacity, { TableName, CapacityUnits: 3, Table: { CapacityUnits: 3 } })
  const moved = await put({ ...Item, g: { S: 'h' } }, { ReturnConsumedCapacity: 'TOTAL' })
  assert.deepEqual(moved.ConsumedCapacity, { TableName, CapacityUnits: 5 })
  const read = await db.send(
    new GetItemCommand({ TableName, Key: key('capacity', 1), ConsistentRead: true, ReturnConsumedCapacity: 'TOTAL' }),
  )
  assert.deepEqual(read.ConsumedCapacity, { TableName, CapacityUnits: 1 })
  const nothing = await db.send(
    new GetItemCommand({ TableName, Key: key('capacity', 2), ReturnConsumedCapacity: 'TOTAL' }),
  )
  assert.deepEqual(nothing.ConsumedCapacity, { TableName, CapacityUnits: 0.5 })
})

test('a provisioned table gives no more than its units, after its burst', async () => {
  await db.send(
    new CreateTableCommand({
      TableName: 'metered',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    }),
  )
  const write = (id: number) =>
    db.send(new PutItemCommand({ TableName: 'metered', Item: { id: { S: String(id) }, t: { S: 'x'.repeat(99_000) } } }))
  await assert.rejects(
    (async () => {
      for (let id = 0; id < 8; id++) await write(id)
    })(),
    { name: 'ProvisionedThroughputExceededException' },
  )
})
