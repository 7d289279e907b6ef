import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '#base/clock.ts'
import { createMemoryStore } from '#storage/memory/memory-store.ts'
import { createWorld, type DynamoWorld } from '../../../test/dynamodb/kit.ts'
import { sweepTokens } from './transaction-tokens.ts'

const TableName = 'counters'
const MINUTE_MS = 60_000

const add = (world: DynamoWorld, ClientRequestToken: string): Promise<unknown> =>
  world.run('TransactWriteItems', {
    ClientRequestToken,
    TransactItems: [
      {
        Update: {
          TableName,
          Key: { id: { S: 'a' } },
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
    ] as never,
  })

async function count(world: DynamoWorld): Promise<unknown> {
  const { Item } = await world.run('GetItem', { TableName, Key: { id: { S: 'a' } } })
  return Item?.['n']
}

test('a token holds for ten minutes, in other processes too, and is swept then', async () => {
  const clock = new ManualClock()
  const store = createMemoryStore()
  const world = createWorld({ clock, store })
  await world.run('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  })
  await add(world, 'token')
  await add(world, 'token')
  assert.deepEqual(await count(world), { N: '1' })
  const other = createWorld({ clock, store })
  await clock.advance(10 * MINUTE_MS - 1)
  await add(other, 'token')
  assert.deepEqual(await count(other), { N: '1' })
  await clock.advance(1)
  await add(other, 'token')
  assert.deepEqual(await count(world), { N: '2' })
  const kept = async (): Promise<number> => (await store.list({ prefix: ['dynamodb.tokens', '000000000000'] })).length
  await sweepTokens(store, () => 0, clock.nowMs())
  assert.equal(await kept(), 1, 'it was used again')
  await clock.advance(10 * MINUTE_MS + 1)
  await sweepTokens(store, () => 0, clock.nowMs())
  assert.equal(await kept(), 0)
  // Two uses of one token in one sweep: the second is left to the next.
  await sweepTokens(store, () => 0, clock.nowMs())
  assert.equal((await store.list({ prefix: ['dynamodb.tokens-due'] })).length, 0)
})
