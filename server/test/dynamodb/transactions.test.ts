// Transactions through the SDK and boto3, against a server as users start it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb'
import { boto3, openServer, type TestServer } from '../conformance/server-kit.ts'

let server: TestServer
let client: DynamoDBClient

before(async () => {
  server = await openServer()
  client = new DynamoDBClient(server.sdk)
  for (const TableName of ['accounts', 'orders'])
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    )
})

after(async () => {
  client.destroy()
  await server[Symbol.asyncDispose]()
})

const put = (id: string, amount: number, TableName = 'accounts') =>
  client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, amount: { N: String(amount) } } }))

const amountOf = async (id: string, TableName = 'accounts'): Promise<string | undefined> =>
  (await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }))).Item?.['amount']?.N

const write = (TransactItems: TransactWriteItem[], ClientRequestToken?: string) =>
  client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken, ReturnConsumedCapacity: 'TOTAL' }))

const add = (id: string, by: number): TransactWriteItem => ({
  Update: {
    TableName: 'accounts',
    Key: { id: { S: id } },
    UpdateExpression: 'SET amount = amount + :by',
    ConditionExpression: 'amount >= :min',
    ExpressionAttributeValues: { ':by': { N: String(by) }, ':min': { N: String(Math.max(0, -by)) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
})

async function refusal(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(outcome instanceof Error, 'it was refused')
  return outcome
}

test('all changes happen, over several tables', async () => {
  await put('a', 10)
  await put('b', 0)
  await put('gone', 1)
  const { ConsumedCapacity } = await write([
    add('a', -4),
    add('b', 4),
    {
      Put: {
        TableName: 'orders',
        Item: { id: { S: 'o1' }, amount: { N: '4' } },
        ConditionExpression: 'attribute_not_exists(id)',
      },
    },
    { Delete: { TableName: 'accounts', Key: { id: { S: 'gone' } } } },
    {
      ConditionCheck: {
        TableName: 'orders',
        Key: { id: { S: 'none' } },
        ConditionExpression: 'attribute_not_exists(id)',
      },
    },
  ])
  assert.deepEqual(
    [await amountOf('a'), await amountOf('b'), await amountOf('o1', 'orders'), await amountOf('gone')],
    ['6', '4', '4', undefined],
  )
  assert.deepEqual(ConsumedCapacity, [
    { TableName: 'accounts', CapacityUnits: 6, WriteCapacityUnits: 6 },
    { TableName: 'orders', CapacityUnits: 4, WriteCapacityUnits: 4 },
  ])
})

test('or none: each item has its reason', async () => {
  await put('a', 3)
  await put('b', 0)
  const error = await refusal(
    write([
      add('b', 4),
      add('a', -4),
      { Update: { TableName: 'orders', Key: { id: { S: 'x' } }, UpdateExpression: 'SET a = b' } },
    ]),
  )
  assert.ok(error instanceof TransactionCanceledException)
  assert.equal(
    error.message,
    'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ValidationError]',
  )
  assert.deepEqual(error.CancellationReasons, [
    { Code: 'None' },
    {
      Code: 'ConditionalCheckFailed',
      Message: 'The conditional request failed',
      Item: { id: { S: 'a' }, amount: { N: '3' } },
    },
    {
      Code: 'ValidationError',
      Message: 'The provided expression refers to an attribute that does not exist in the item',
    },
  ])
  assert.deepEqual([await amountOf('a'), await amountOf('b')], ['3', '0'])
})

test('keys that do not fit the schema cancel; malformed requests are refused as a whole', async () => {
  const error = await refusal(write([{ Delete: { TableName: 'accounts', Key: { id: { N: '1' } } } }, add('a', 0)]))
  assert.ok(error instanceof TransactionCanceledException)
  assert.deepEqual(error.CancellationReasons, [
    { Code: 'ValidationError', Message: 'The provided key element does not match the schema' },
    { Code: 'None' },
  ])
  const messages: [TransactWriteItem[], string][] = [
    [[add('a', 1), add('a', 2)], 'Transaction request cannot include multiple operations on one item'],
    [
      [{ ...add('a', 1), Delete: { TableName: 'accounts', Key: { id: { S: 'q' } } } }],
      'TransactItems can only contain one of Check, Put, Update or Delete',
    ],
    [[{}], 'TransactItems can only contain one of Check, Put, Update or Delete'],
    [
      [{ ConditionCheck: { TableName: 'accounts', Key: { id: { S: 'q' } }, ConditionExpression: 'size = :a' } }],
      'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: size',
    ],
  ]
  for (const [items, message] of messages) {
    const found = await refusal(write(items))
    assert.equal(`${found.name}: ${found.message}`, `ValidationException: ${message}`)
  }
  const many = Array.from({ length: 101 }, (_, index) => add(`m${index}`, 1))
  assert.match(
    (await refusal(write(many))).message,
    /'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100$/,
  )
  const missing = await refusal(write([{ Delete: { TableName: 'nowhere', Key: { id: { S: 'q' } } } }]))
  assert.equal(missing.name, 'ResourceNotFoundException')
})

test('a request with the same token does nothing again; another request with it is refused', async () => {
  await put('a', 10)
  const first = await write([add('a', 1)], 'token-1')
  const again = await write([add('a', 1)], 'token-1')
  assert.equal(await amountOf('a'), '11')
  assert.deepEqual(first.ConsumedCapacity, [{ TableName: 'accounts', CapacityUnits: 2, WriteCapacityUnits: 2 }])
  assert.deepEqual(again.ConsumedCapacity, [{ TableName: 'accounts', CapacityUnits: 2, ReadCapacityUnits: 2 }])
  const other = await refusal(write([add('a', 2)], 'token-1'))
  assert.equal(other.name, 'IdempotentParameterMismatchException')
  const raced = await Promise.all(Array.from({ length: 8 }, () => write([add('a', 5)], 'token-2')))
  assert.equal(
    raced.filter(({ ConsumedCapacity }) => ConsumedCapacity?.[0]?.WriteCapacityUnits !== undefined).length,
    1,
  )
  assert.equal(await amountOf('a'), '16')
})

/** Tries again when others were in the way, as callers of transactions must. */
async function insisting<T>(call: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error
      if (!error.CancellationReasons?.some(({ Code }) => Code === 'TransactionConflict')) throw error
    }
}

test('items are read as they were at one moment', async () => {
  await put('left', 500)
  await put('right', 500)
  const { Responses } = await client.send(
    new TransactGetItemsCommand({
      TransactItems: [
        { Get: { TableName: 'accounts', Key: { id: { S: 'left' } } } },
        { Get: { TableName: 'orders', Key: { id: { S: 'nothing' } } } },
        { Get: { TableName: 'accounts', Key: { id: { S: 'right' } }, ProjectionExpression: 'amount' } },
      ],
    }),
  )
  assert.deepEqual(Responses, [
    { Item: { id: { S: 'left' }, amount: { N: '500' } } },
    {},
    { Item: { amount: { N: '500' } } },
  ])
  const moving = { isDone: false }
  const movers = [1, 2].map(async () => {
    for (let round = 0; round < 25; round++) await insisting(() => write([add('left', -3), add('right', 3)]))
  })
  const readers = [1, 2, 3].map(async () => {
    while (!moving.isDone) {
      const read = await insisting(() =>
        client.send(
          new TransactGetItemsCommand({
            TransactItems: ['left', 'right'].map((id) => ({ Get: { TableName: 'accounts', Key: { id: { S: id } } } })),
          }),
        ),
      )
      const total = (read.Responses ?? []).reduce((sum, { Item }) => sum + Number(Item?.['amount']?.N), 0)
      assert.equal(total, 1000)
    }
  })
  await Promise.all(movers)
  moving.isDone = true
  await Promise.all(readers)
  assert.deepEqual([await amountOf('left'), await amountOf('right')], ['350', '650'])
})

test('boto3 sees reasons and tokens as it knows them', async () => {
  await put('py', 1)
  const shown = await boto3(
    server,
    `
dynamo = client('dynamodb')
def check(value):
    return {'ConditionCheck': {'TableName': 'accounts', 'Key': {'id': {'S': 'py'}}, 'ConditionExpression': 'amount = :v', 'ExpressionAttributeValues': {':v': {'N': value}}, 'ReturnValuesOnConditionCheckFailure': 'ALL_OLD'}}
put = {'Put': {'TableName': 'orders', 'Item': {'id': {'S': 'py'}, 'data': {'B': b'\\x00\\x01'}}}}
dynamo.transact_write_items(TransactItems=[check('1'), put])
show(dynamo.transact_get_items(TransactItems=[{'Get': {'TableName': 'orders', 'Key': {'id': {'S': 'py'}}}}])['Responses'])
try:
    dynamo.transact_write_items(TransactItems=[check('2'), put])
except dynamo.exceptions.TransactionCanceledException as error:
    show(error.response['CancellationReasons'])
    show(error.response['Error'])
`,
  )
  assert.deepEqual(shown, [
    [{ Item: { id: { S: 'py' }, data: { B: "b'\\x00\\x01'" } } }],
    [
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { id: { S: 'py' }, amount: { N: '1' } },
      },
      { Code: 'None' },
    ],
    {
      Code: 'TransactionCanceledException',
      Message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed, None]',
    },
  ])
})
