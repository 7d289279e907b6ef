// A disk that others filled to the last byte, under queues and tables: everything is read and deleted, over SIGKILL too, and
// what deletions leave in the database is used again though the disk gets nothing back.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { eventually, readKeys, REGION } from '../conformance/server-kit.ts'
import { cannotMount, SmallDisk } from './small-disk.ts'

const PROGRAM = fileURLToPath(new URL('../s3/object-server.ts', import.meta.url))
/** The least on which the low mark has room for all of the write-ahead log, so that the reserve is whole when it is needed. */
const DISK_MB = 64
const ENTRIES_MAX = 500
const GREED = 8
const TableName = 'full'

class Life {
  readonly sqs: SQSClient
  readonly dynamodb: DynamoDBClient
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, settings: ConstructorParameters<typeof SQSClient>[0] & object) {
    this.#child = child
    this.sqs = new SQSClient(settings)
    this.dynamodb = new DynamoDBClient(settings)
  }

  static async begin(dataFolder: string): Promise<Life> {
    const child = spawn(process.execPath, [PROGRAM, dataFolder], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: child.stdout })) {
      const { endpoint, credentialsFile } = JSON.parse(line) as { endpoint: string; credentialsFile: string }
      const credentials = await readKeys(credentialsFile)
      return new Life(child, { endpoint, region: REGION, credentials, maxAttempts: 1 })
    }
    throw new Error('the server ended before it was ready')
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.sqs.destroy()
    this.dynamodb.destroy()
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill(signal)
    await ended
  }
}

/** The error says what is wrong and what mends it. */
function isFull(error: unknown): boolean {
  return error instanceof Error && /make room on the disk/.test(error.message)
}

/** Does it until the disk is full; answers how often it was done. */
async function untilFull(work: (index: number) => Promise<unknown>): Promise<number> {
  for (let index = 0; index < ENTRIES_MAX; index++) {
    try {
      await work(index)
    } catch (error) {
      assert.ok(isFull(error), String(error))
      return index
    }
  }
  return assert.fail('the disk does not get full')
}

test('queues and tables on a disk that is full to the last byte', { skip: cannotMount }, async (t) => {
  const disk = await SmallDisk.mount(DISK_MB)
  if (typeof disk === 'string') return t.skip(disk)
  let life = await Life.begin(disk.dataFolder)
  try {
    await disk.reserved()
    const { QueueUrl } = await life.sqs.send(new CreateQueueCommand({ QueueName: 'full' }))
    await life.dynamodb.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    )
    const send = (): Promise<unknown> =>
      life.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(200_000) }))
    const keyOf = (id: number): { id: { N: string } } => ({ id: { N: String(id) } })
    const put = (id: number): Promise<unknown> =>
      life.dynamodb.send(new PutItemCommand({ TableName, Item: { ...keyOf(id), text: { S: 'y'.repeat(200_000) } } }))
    const read = async (id: number): Promise<number | undefined> =>
      (await life.dynamodb.send(new GetItemCommand({ TableName, Key: keyOf(id) }))).Item?.['text']?.S?.length

    for (let index = 0; index < 30; index++) await send()
    const items = await untilFull(put)
    assert.ok(items > 20, `${items} items fit`)
    disk.fill()
    await assert.rejects(send(), isFull)
    const receiveAndDelete = async (): Promise<void> => {
      const { Messages: [message] = [] } = await life.sqs.send(new ReceiveMessageCommand({ QueueUrl }))
      assert.equal(message?.Body?.length, 200_000)
      await life.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
    }
    for (let id = 0; id < GREED; id++) {
      assert.equal(await read(id), 200_000)
      await life.dynamodb.send(new DeleteItemCommand({ TableName, Key: keyOf(id) }))
      await receiveAndDelete()
      // A management call is recorded before its answer.
      await life.dynamodb.send(new ListTablesCommand({}))
      disk.fill()
    }
    await life.end('SIGKILL')
    disk.fill()
    life = await Life.begin(disk.dataFolder)
    for (let id = 0; id < items; id++) assert.equal(await read(id), id < GREED ? undefined : 200_000)
    await receiveAndDelete()
    await life.sqs.send(new PurgeQueueCommand({ QueueUrl }))
    await life.dynamodb.send(new DeleteTableCommand({ TableName }))
    disk.fill()
    const sentAgain = async (): Promise<true | undefined> => {
      disk.fill()
      return send().then(
        () => true as const,
        (error: unknown) => assert.ok(isFull(error), String(error)) as undefined,
      )
    }
    await eventually('a message in what the table left', sentAgain)
    assert.ok(disk.freeBytes < 64 * 1024, 'the disk was still full')
    disk.empty()
    await eventually('room', async () => ((await untilTold(send)) ? true : undefined))
  } finally {
    await life.end('SIGTERM')
    await disk[Symbol.asyncDispose]()
  }
})

async function untilTold(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send()
    return true
  } catch (error) {
    assert.ok(isFull(error), String(error))
    return false
  }
}
