// DynamoDB when the store or the whole process dies. In memory the store crashes at a step drawn from a seed; on disk the
// server is killed under load. Each time: what was acknowledged is there, what was under way has happened or not, every
// index and the stream agree with the items, and jobs go on to their end.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CreateTableCommand, DynamoDBClient, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { systemClock } from '../../src/base/clock.ts'
import { seededRandom } from '../../src/base/ids.ts'
import { decodeChange, streamLog } from '../../src/services/dynamodb/stream-record.ts'
import { createMemoryStore } from '../../src/storage/memory/memory-store.ts'
import { StoreClosedError } from '../../src/storage/store.ts'
import { eventually } from '../conformance/server-kit.ts'
import { KillableServer } from '../events/killable-server.ts'
import { createWorld, type DynamoWorld } from './kit.ts'

const TableName = 'things'
const RUNS = 100
const STEPS_MAX = 150
const IDS = ['a', 'b', 'c', 'd']
const KILLS = 3
const WRITERS = 8
const PLACE = { account: '000000000000', region: 'eu-west-1', name: TableName }

const ATTRIBUTES = [
  { AttributeName: 'id', AttributeType: 'S' as const },
  { AttributeName: 'g', AttributeType: 'N' as const },
]
const BY_G = {
  IndexName: 'by-g',
  KeySchema: [{ AttributeName: 'g', KeyType: 'HASH' as const }],
  Projection: { ProjectionType: 'ALL' as const, NonKeyAttributes: undefined },
}

async function createThings(world: DynamoWorld): Promise<void> {
  await world.run('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ATTRIBUTES,
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [BY_G],
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
  })
}

/** What an item may hold: the acknowledged number, or besides it that of the write under way (undefined: no item). */
type Expected = Map<string, readonly (number | undefined)[]>

async function workUntilCrash(world: DynamoWorld, random: () => number, expected: Expected): Promise<void> {
  for (let turn = 1; ; turn++) {
    const id = IDS[Math.floor(random() * IDS.length)] ?? 'a'
    const kind = random()
    const before = expected.get(id)?.[0]
    if (kind < 0.15) {
      await toggleSecond(world)
      continue
    }
    const after = kind < 0.35 ? undefined : turn
    expected.set(id, [before, after])
    if (after === undefined) await world.run('DeleteItem', { TableName, Key: { id: { S: id } } })
    else
      await world.run('PutItem', {
        TableName,
        Item: { id: { S: id }, g: { N: String(turn % 3) }, n: { N: String(turn) } },
      })
    expected.set(id, [after])
  }
}

/** An index that comes and goes while items change. */
async function toggleSecond(world: DynamoWorld): Promise<void> {
  const { Table } = await world.run('DescribeTable', { TableName })
  if (Table?.TableStatus !== 'ACTIVE') return
  const has = Table.GlobalSecondaryIndexes?.some(({ IndexName }) => IndexName === 'second') === true
  await world.run('UpdateTable', {
    TableName,
    GlobalSecondaryIndexUpdates: [
      has ? { Delete: { IndexName: 'second' } } : { Create: { ...BY_G, IndexName: 'second' } },
    ],
  })
}

async function items(world: DynamoWorld, IndexName?: string): Promise<readonly string[]> {
  const { Items = [] } = await world.run('Scan', { TableName, ...(IndexName !== undefined && { IndexName }) })
  return Items.map((item) => wordOf(item)).toSorted()
}

/** An item as text, whatever the order of its attributes. */
function wordOf(item: object): string {
  return JSON.stringify(Object.entries(item).toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

async function agree(world: DynamoWorld): Promise<void> {
  await world.service.deps.jobs.idle()
  const table = await world.service.deps.tables.find(PLACE)
  assert.ok(table?.record.stream)
  const found = await items(world)
  for (const { name, phase } of table.record.indexes) {
    assert.equal(phase, 'active', `${name} was never filled`)
    assert.deepEqual(await items(world, name), found, `${name} does not agree with the table`)
  }
  const images = new Map<string, unknown>()
  for (const { value } of await world.store.list({ prefix: streamLog(table.record.stream.space, 0) })) {
    const { keys, newImage, oldImage } = decodeChange(value)
    const id = JSON.stringify(keys)
    assert.deepEqual(oldImage, images.get(id), 'a stream record does not follow the one before')
    images.set(id, newImage)
  }
  const last = [...images.values()].filter((image) => image !== undefined)
  const shown = last.map((image) => wordOf(image as object)).toSorted()
  assert.deepEqual(shown, found, 'the stream does not end where the table is')
}

async function run(seed: number): Promise<void> {
  const random = seededRandom(seed)
  const calm = createMemoryStore()
  const first = createWorld({ store: calm, clock: systemClock })
  await createThings(first)
  await first.service.close()
  await calm.close()
  const crashAtStep = 1 + Math.floor(random() * STEPS_MAX)
  const store = calm.restart({ faults: { seed, crashAtStep } })
  const expected: Expected = new Map()
  const world = createWorld({ store, clock: systemClock })
  await assert.rejects(workUntilCrash(world, random, expected), StoreClosedError)
  await world.service.close().catch((error: unknown) => assert.ok(error instanceof StoreClosedError, String(error)))
  const next = createWorld({ store: store.restart(), clock: systemClock })
  next.service.deps.jobs.wake()
  await agree(next)
  for (const [id, possible] of expected) {
    const { Item } = await next.run('GetItem', { TableName, Key: { id: { S: id } } })
    const number = (Item?.['n'] as { N: string } | undefined)?.N
    const found = number === undefined ? undefined : Number(number)
    assert.ok(possible.includes(found), `${id} holds ${found}, not one of ${JSON.stringify(possible)}`)
  }
  await next.service.close()
}

test('whatever step the store crashes at, items, indexes and stream agree', async () => {
  const first = Number(process.env['DYNAMODB_CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  for (let index = 0; index < RUNS; index++) {
    const seed = first + index
    try {
      await run(seed)
    } catch (error) {
      throw new Error(`seed ${seed} (repeat with DYNAMODB_CRASH_SEED=${seed})`, { cause: error })
    }
  }
})

interface Life {
  readonly db: DynamoDBClient
  kill(): Promise<void>
}

async function live(folder: string): Promise<Life> {
  const server = await KillableServer.start(folder)
  return { db: server.client(DynamoDBClient), kill: () => server.kill() }
}

test('after SIGKILL under load every acknowledged update is there, once, in the table and in its index', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-dynamodb-'))
  /** Acknowledged and sent additions by item. */
  const counts = new Map<string, { acknowledged: number; sent: number }>()
  try {
    for (let round = 0; round < KILLS; round++) {
      const life = await live(folder)
      if (round === 0)
        await life.db.send(
          new CreateTableCommand({
            TableName,
            BillingMode: 'PAY_PER_REQUEST',
            AttributeDefinitions: ATTRIBUTES,
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            GlobalSecondaryIndexes: [{ ...BY_G, Projection: { ProjectionType: 'ALL' } }],
          }),
        )
      const writers = Array.from({ length: WRITERS }, (_, writer) => addUntilDeath(life.db, writer, counts))
      await eventually(
        'enough is acknowledged',
        async () => (total(counts) >= (round + 1) * 100 ? true : undefined),
        60_000,
      )
      await life.kill()
      await Promise.all(writers)
    }
    const life = await live(folder)
    const found = await scanAll(life.db)
    const indexed = await scanAll(life.db, 'by-g')
    await life.kill()
    for (const [id, { acknowledged, sent }] of counts) {
      const number = Number(found.get(id)?.n ?? 0)
      assert.ok(
        number >= acknowledged && number <= sent,
        `${id}: ${number}, acknowledged ${acknowledged}, sent ${sent}`,
      )
    }
    assert.deepEqual(indexed, found)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

function total(counts: ReadonlyMap<string, { readonly acknowledged: number }>): number {
  return [...counts.values()].reduce((sum, { acknowledged }) => sum + acknowledged, 0)
}

async function addUntilDeath(
  db: DynamoDBClient,
  writer: number,
  counts: Map<string, { acknowledged: number; sent: number }>,
): Promise<void> {
  for (let turn = 0; ; turn++) {
    // Half of the items are written by two writers.
    const id = `item-${turn % 2 === 0 ? writer : Math.floor(writer / 2) * 100}`
    const count = counts.get(id) ?? { acknowledged: 0, sent: 0 }
    counts.set(id, count)
    count.sent++
    try {
      await db.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: id } },
          UpdateExpression: 'ADD n :one SET g = :g',
          ExpressionAttributeValues: { ':one': { N: '1' }, ':g': { N: String(turn % 5) } },
        }),
      )
      count.acknowledged++
    } catch {
      // The server is dead.
      return
    }
  }
}

async function scanAll(db: DynamoDBClient, IndexName?: string): Promise<Map<string, { n?: string; g?: string }>> {
  const found = new Map<string, { n?: string; g?: string }>()
  for await (const page of paginateScan({ client: db }, { TableName, IndexName }))
    for (const item of page.Items ?? [])
      found.set(item['id']?.S ?? '', { n: item['n']?.N ?? '', g: item['g']?.N ?? '' })
  return new Map([...found].toSorted(([left], [right]) => (left < right ? -1 : 1)))
}
