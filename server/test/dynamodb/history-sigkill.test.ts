// Conditional writes and transactions of 16 clients stay linearizable while the server is killed under them: what was
// acknowledged is there afterwards, what was not happened wholly or not at all, and streams tell exactly what happened.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CreateTableCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb'
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams'
import { seededRandom } from '#base/ids.ts'
import { KillableServer } from '../events/killable-server.ts'
import { findViolation } from './history.ts'
import { Recorder, REGISTERS, runClient, TABLE, type Call } from './history-clients.ts'

const CLIENTS = 16
const OPERATIONS = 12
const KILLS = 3

const COMMANDS: Readonly<Record<string, new (input: never) => never>> = {
  GetItem: GetItemCommand as never,
  PutItem: PutItemCommand as never,
  DeleteItem: DeleteItemCommand as never,
  TransactGetItems: TransactGetItemsCommand as never,
  TransactWriteItems: TransactWriteItemsCommand as never,
}

class Server {
  readonly client: DynamoDBClient
  readonly streams: DynamoDBStreamsClient
  readonly #server: KillableServer

  constructor(server: KillableServer) {
    this.#server = server
    this.client = server.client(DynamoDBClient)
    this.streams = server.client(DynamoDBStreamsClient)
  }

  static async start(dataFolder: string): Promise<Server> {
    return new Server(await KillableServer.start(dataFolder))
  }

  kill(): Promise<void> {
    return this.#server.kill()
  }
}

test(`a history of ${CLIENTS} clients over ${KILLS} kills is linearizable`, { timeout: 120_000 }, async () => {
  const seed = Math.floor(Math.random() * 1_000_000)
  console.log(`history-sigkill.test.ts seed ${seed}`)
  const random = seededRandom(seed)
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-history-'))
  let server = await Server.start(folder)
  try {
    await server.client.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
    )
    const recorder = new Recorder()
    for (let round = 0; round <= KILLS; round++) {
      // Under way when the server is killed, however fast the machine is: what is counted is answers, not time.
      const answered = recorder.history.length + OPERATIONS + Math.floor(random() * CLIENTS * (OPERATIONS / 2))
      const clients = Promise.all(clientsOf(server, recorder, seed + round))
      if (round < KILLS) {
        await Promise.race([recorder.reaches(answered), clients])
        await server.kill()
      }
      await clients
      if (round < KILLS) server = await Server.start(folder)
    }
    const unknown = recorder.history.filter(({ action }) => action.kind === 'write' && action.outcome === 'unknown')
    assert.ok(
      recorder.history.length > CLIENTS * OPERATIONS && unknown.length > 0,
      `${recorder.history.length}, ${unknown.length}`,
    )
    assert.equal(findViolation(recorder.history, REGISTERS), undefined, `seed ${seed}`)
    await checkStream(server)
  } finally {
    await server.kill()
    await rm(folder, { recursive: true, force: true })
  }
})

function clientsOf(server: Server, recorder: Recorder, seed: number): Promise<void>[] {
  const call: Call = (operation, input) => {
    const Command = COMMANDS[operation]
    assert.ok(Command)
    return server.client.send(new Command(input as never))
  }
  return Array.from({ length: CLIENTS }, (_, client) =>
    runClient({ call, random: seededRandom(seed * 1000 + client), client, operations: OPERATIONS, recorder }),
  )
}

/** Played from its beginning, each old image is what was there, and at the end stands what the table holds. */
async function checkStream({ client, streams }: Server): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: TABLE }))
  const StreamArn = Table?.LatestStreamArn
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }))
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId
  let { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  )
  const items = new Map<string, unknown>()
  for (;;) {
    const { Records = [], NextShardIterator } = await streams.send(new GetRecordsCommand({ ShardIterator }))
    if (Records.length === 0) break
    for (const { dynamodb } of Records) {
      const id = dynamodb?.Keys?.['id']?.S ?? ''
      assert.deepEqual(dynamodb?.OldImage, items.get(id))
      if (dynamodb?.NewImage === undefined) items.delete(id)
      else items.set(id, dynamodb.NewImage)
    }
    ShardIterator = NextShardIterator
  }
  const { Items = [] } = await client.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }))
  assert.deepEqual(new Map(Items.map((item) => [item['id']?.S ?? '', item])), items)
}
