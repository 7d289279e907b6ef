// Operations on several items need permission for each: users against a server that enforces.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  BatchExecuteStatementCommand,
  CreateTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  ExecuteTransactionCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import { DescribeStreamCommand, DynamoDBStreamsClient, GetShardIteratorCommand } from '@aws-sdk/client-dynamodb-streams'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam'
import { openServer, REGION, type TestServer } from '../conformance/server-kit.ts'

let kit: TestServer
const clients: { destroy(): void }[] = []
let streamArn = ''

const arn = (table: string): string => `arn:aws:dynamodb:${REGION}:000000000000:table/${table}`
const Key = { id: { S: 'a' } }

function opened<T extends { destroy(): void }>(client: T): T {
  clients.push(client)
  return client
}

before(async () => {
  kit = await openServer({ readyCells: {} })
  const root = opened(new DynamoDBClient(kit.sdk))
  for (const TableName of ['mine', 'theirs']) {
    const { TableDescription } = await root.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
      }),
    )
    if (TableName === 'theirs') streamArn = TableDescription?.LatestStreamArn ?? ''
    await root.send(new PutItemCommand({ TableName, Item: Key }))
  }
})

after(async () => {
  for (const client of clients) client.destroy()
  await kit[Symbol.asyncDispose]()
})

/** A user who may do these actions on the table `mine`. */
async function user(name: string, ...actions: string[]): Promise<DynamoDBClient> {
  const iam = opened(new IAMClient(kit.sdk))
  await iam.send(new CreateUserCommand({ UserName: name }))
  const Statement = [{ Effect: 'Allow', Action: actions.map((action) => `dynamodb:${action}`), Resource: arn('mine') }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  return opened(new DynamoDBClient({ ...kit.sdk, credentials }))
}

const denied = (call: Promise<unknown>, action: string, table: string): Promise<void> =>
  assert.rejects(call, (error: Error) => {
    assert.equal(error.name, 'AccessDeniedException')
    assert.match(error.message, new RegExp(`dynamodb:${action} on resource: ${arn(table)}`))
    return true
  })

const put = (TableName: string) => ({ Put: { TableName, Item: { id: { S: `new-${TableName}` } } } })
const update = (TableName: string) => ({ Update: { TableName, Key, UpdateExpression: 'SET a = id' } })

test('each action of a transaction needs its own permission, on its own table', async () => {
  const writer = await user('writer', 'PutItem', 'ConditionCheckItem')
  const write = (...TransactItems: object[]) => writer.send(new TransactWriteItemsCommand({ TransactItems }))
  const check = { ConditionCheck: { TableName: 'mine', Key, ConditionExpression: 'attribute_exists(id)' } }
  await write(put('mine'), check)
  await denied(write(put('mine'), put('theirs')), 'PutItem', 'theirs')
  await denied(write(put('mine'), update('mine')), 'UpdateItem', 'mine')
  await denied(write(update('mine')), 'UpdateItem', 'mine')
  await denied(write({ Delete: { TableName: 'mine', Key } }), 'DeleteItem', 'mine')
  const reader = await user('reader', 'GetItem')
  const get = (...tables: string[]) =>
    reader.send(
      new TransactGetItemsCommand({ TransactItems: tables.map((TableName) => ({ Get: { TableName, Key } })) }),
    )
  assert.equal((await get('mine')).Responses?.length, 1)
  await denied(get('mine', 'theirs'), 'GetItem', 'theirs')
})

test('statements need the permission of what they do', async () => {
  const selector = await user('selector', 'PartiQLSelect', 'PartiQLUpdate')
  const run = (Statement: string) => selector.send(new ExecuteStatementCommand({ Statement }))
  assert.equal((await run(`SELECT * FROM "mine" WHERE id = 'a'`)).Items?.length, 1)
  await run(`UPDATE mine SET a = 1 WHERE id = 'a'`)
  await run(`FROM mine WHERE id = 'a' SET a = 2`)
  await denied(run(`SELECT * FROM theirs`), 'PartiQLSelect', 'theirs')
  await denied(run(`SELECT * FROM mine.someIndex WHERE id = 'a'`), 'PartiQLSelect', 'mine/index/someIndex')
  await denied(run(`DELETE FROM mine WHERE id = 'a'`), 'PartiQLDelete', 'mine')
  await denied(run(`/* SELECT * FROM mine */ INSERT INTO mine VALUE {'id': 'x'}`), 'PartiQLInsert', 'mine')
  await denied(run(`UPDATE "theirs" SET a = 1 WHERE id = 'a'`), 'PartiQLUpdate', 'theirs')
  const Statements = [`SELECT * FROM mine WHERE id = 'a'`, `SELECT * FROM theirs WHERE id = 'a'`].map((Statement) => ({
    Statement,
  }))
  await denied(selector.send(new BatchExecuteStatementCommand({ Statements })), 'PartiQLSelect', 'theirs')
  const transaction = new ExecuteTransactionCommand({ TransactStatements: Statements })
  await denied(selector.send(transaction), 'PartiQLSelect', 'theirs')
})

test('a stream is read by who may read it', async () => {
  const stranger = await user('stranger', 'GetItem')
  const credentials = await stranger.config.credentials()
  const streams = opened(new DynamoDBStreamsClient({ ...kit.sdk, credentials }))
  const shape = { name: 'AccessDeniedException' }
  await assert.rejects(streams.send(new DescribeStreamCommand({ StreamArn: streamArn })), shape)
  await assert.rejects(
    streams.send(
      new GetShardIteratorCommand({
        StreamArn: streamArn,
        ShardId: 'shardId-00000000000000000000-00000000',
        ShardIteratorType: 'LATEST',
      }),
    ),
    shape,
  )
})
