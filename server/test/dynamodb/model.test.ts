// DynamoDB against the simplest model of it: a map of items. Random puts, updates, deletes with and without conditions,
// and indexes that come and go, over a store that injects conflicts. Queries of the table and of every index, in both
// directions and in pages of random size, must answer what the map holds. Failing runs print fast-check's seed and path.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from '../../src/base/clock.ts'
import { createMemoryStore } from '../../src/storage/memory/memory-store.ts'
import { createWorld, type DynamoWorld } from './kit.ts'

const TableName = 'things'
const RUNS = 250

interface Thing {
  readonly p: string
  readonly s: number
  readonly g?: number
  readonly l?: string
  readonly n: number
}

const part = fc.constantFrom('a', 'b')
const sort = fc.constantFrom(-1e20, -10, -1.5, -1, 0, 0.25, 2, 10, 3e30)
const thing: fc.Arbitrary<Thing> = fc.record(
  {
    p: part,
    s: sort,
    g: fc.constantFrom(-3, 0, 7),
    l: fc.constantFrom('', 'x', 'xy', 'é').filter((text) => text !== ''),
    n: fc.nat(5),
  },
  { requiredKeys: ['p', 's', 'n'] },
)

type Step =
  | { readonly kind: 'put'; readonly thing: Thing; readonly ifBelow: number | undefined }
  | { readonly kind: 'add'; readonly p: string; readonly s: number; readonly by: number; readonly ungroup: boolean }
  | { readonly kind: 'delete'; readonly p: string; readonly s: number; readonly ifAbove: number | undefined }
  | { readonly kind: 'index' }
  | { readonly kind: 'read'; readonly limit: number; readonly reverse: boolean; readonly from: number }

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('put' as const), thing, ifBelow: maybe(fc.nat(5)) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('add' as const), p: part, s: sort, by: fc.nat(3), ungroup: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('delete' as const), p: part, s: sort, ifAbove: maybe(fc.nat(5)) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('index' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      limit: fc.integer({ min: 1, max: 4 }),
      reverse: fc.boolean(),
      from: sort,
    }),
  },
)

const keyOf = ({ p, s }: { p: string; s: number }) => ({ p: { S: p }, s: { N: numberText(s) } })
const numberText = (value: number): string =>
  BigInt(Math.trunc(value)) === 0n || !Number.isInteger(value) ? String(value) : BigInt(value).toString()

function itemOf({ g, l, n, ...key }: Thing) {
  return {
    ...keyOf(key),
    n: { N: String(n) },
    ...(g !== undefined && { g: { N: String(g) } }),
    ...(l !== undefined && { l: { S: l } }),
  }
}

interface Image {
  readonly p?: { readonly S?: string }
  readonly s?: { readonly N?: string }
  readonly g?: { readonly N?: string }
  readonly l?: { readonly S?: string }
  readonly n?: { readonly N?: string }
}

/** The item as one word, to compare by. */
function wordOf(item: Image): string {
  return [item.p?.S, item.s?.N, item.g?.N, item.l?.S, item.n?.N].join('/')
}

async function createThings(world: DynamoWorld): Promise<void> {
  await world.run('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'p', AttributeType: 'S' },
      { AttributeName: 's', AttributeType: 'N' },
      { AttributeName: 'l', AttributeType: 'S' },
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
        Projection: { ProjectionType: 'ALL', NonKeyAttributes: undefined },
      },
    ],
  })
}

const Create = {
  IndexName: 'global',
  KeySchema: [
    { AttributeName: 'g', KeyType: 'HASH' as const },
    { AttributeName: 's', KeyType: 'RANGE' as const },
  ],
  Projection: { ProjectionType: 'ALL' as const, NonKeyAttributes: undefined },
}

async function toggleIndex(world: DynamoWorld, has: boolean): Promise<void> {
  await world.run('UpdateTable', {
    TableName,
    AttributeDefinitions: [
      { AttributeName: 'p', AttributeType: 'S' },
      { AttributeName: 's', AttributeType: 'N' },
      { AttributeName: 'l', AttributeType: 'S' },
      { AttributeName: 'g', AttributeType: 'N' },
    ],
    GlobalSecondaryIndexUpdates: [has ? { Delete: { IndexName: 'global' } } : { Create }],
  })
}

async function ifHolds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work
    return true
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ConditionalCheckFailedException', String(error))
    return false
  }
}

/** All pages of a query. */
async function pages(world: DynamoWorld, input: Parameters<typeof world.run<'Query'>>[1]): Promise<readonly Image[]> {
  const found: Image[] = []
  for (let ExclusiveStartKey: Record<string, never> | undefined; ;) {
    const page = await world.run('Query', { TableName, ...input, ExclusiveStartKey })
    found.push(...((page.Items ?? []) as readonly Image[]))
    if (page.LastEvaluatedKey === undefined) return found
    ExclusiveStartKey = page.LastEvaluatedKey as Record<string, never>
  }
}

async function check(
  world: DynamoWorld,
  model: ReadonlyMap<string, Thing>,
  { limit, reverse, from }: Extract<Step, { kind: 'read' }>,
  hasIndex: boolean,
): Promise<void> {
  const things = [...model.values()]
  const direction = reverse ? -1 : 1
  const options = { Limit: limit, ScanIndexForward: !reverse }
  for (const p of ['a', 'b']) {
    const wanted = things
      .filter((one) => one.p === p && one.s >= from)
      .toSorted((one, other) => direction * (one.s - other.s))
    const found = await pages(world, {
      ...options,
      KeyConditionExpression: 'p = :p AND s >= :s',
      ExpressionAttributeValues: { ':p': { S: p }, ':s': { N: numberText(from) } },
    })
    assert.deepEqual(
      found.map(wordOf),
      wanted.map((one) => wordOf(itemOf(one))),
    )
    const local = await pages(world, {
      ...options,
      IndexName: 'local',
      KeyConditionExpression: 'p = :p AND begins_with(l, :l)',
      ExpressionAttributeValues: { ':p': { S: p }, ':l': { S: 'x' } },
    })
    const begun = things.filter((one) => one.p === p && one.l?.startsWith('x') === true)
    assert.deepEqual(local.map(wordOf).toSorted(), begun.map((one) => wordOf(itemOf(one))).toSorted())
    const order = local.map((one) => one.l?.S ?? '')
    assert.deepEqual(order, reverse ? order.toSorted().toReversed() : order.toSorted())
  }
  if (!hasIndex) return
  for (const g of [-3, 0, 7]) {
    const wanted = things.filter((one) => one.g === g).map((one) => wordOf(itemOf(one)))
    const found = await pages(world, {
      ...options,
      IndexName: 'global',
      KeyConditionExpression: 'g = :g',
      ExpressionAttributeValues: { ':g': { N: String(g) } },
    })
    assert.deepEqual(found.map(wordOf).toSorted(), wanted.toSorted())
  }
}

async function take(
  world: DynamoWorld,
  model: Map<string, Thing>,
  step: Exclude<Step, { kind: 'read' | 'index' }>,
): Promise<void> {
  const name = step.kind === 'put' ? `${step.thing.p}/${step.thing.s}` : `${step.p}/${step.s}`
  const old = model.get(name)
  if (step.kind === 'put') {
    const { thing: wanted, ifBelow } = step
    const condition = {
      ConditionExpression: 'attribute_not_exists(n) OR n < :n',
      ExpressionAttributeValues: { ':n': { N: String(ifBelow) } },
    }
    const holds = await ifHolds(
      world.run('PutItem', { TableName, Item: itemOf(wanted), ...(ifBelow !== undefined && condition) }),
    )
    assert.equal(holds, ifBelow === undefined || old === undefined || old.n < ifBelow)
    if (holds) model.set(name, wanted)
    return
  }
  if (step.kind === 'delete') {
    const condition = {
      ConditionExpression: 'n > :n',
      ExpressionAttributeValues: { ':n': { N: String(step.ifAbove) } },
    }
    const holds = await ifHolds(
      world.run('DeleteItem', { TableName, Key: keyOf(step), ...(step.ifAbove !== undefined && condition) }),
    )
    assert.equal(holds, step.ifAbove === undefined || (old !== undefined && old.n > step.ifAbove))
    if (holds) model.delete(name)
    return
  }
  const { Attributes } = await world.run('UpdateItem', {
    TableName,
    Key: keyOf(step),
    UpdateExpression: `ADD n :by${step.ungroup ? ' REMOVE g' : ''}`,
    ExpressionAttributeValues: { ':by': { N: String(step.by) } },
    ReturnValues: 'ALL_NEW',
  })
  const { g, ...plain } = old ?? { p: step.p, s: step.s, n: 0 }
  const next = { ...plain, ...(g !== undefined && !step.ungroup && { g }), n: plain.n + step.by }
  assert.equal(wordOf(Attributes as Image), wordOf(itemOf(next)))
  model.set(name, next)
}

async function follow(steps: readonly Step[], seed: number): Promise<void> {
  const store = createMemoryStore({ faults: { seed, conflictRate: 0.1 } })
  const world = createWorld({ store, clock: systemClock })
  await createThings(world)
  const model = new Map<string, Thing>()
  let hasIndex = false
  for (const next of steps) {
    if (next.kind === 'index') {
      await toggleIndex(world, hasIndex)
      await world.service.deps.jobs.idle()
      hasIndex = !hasIndex
    } else if (next.kind === 'read') await check(world, model, next, hasIndex)
    else await take(world, model, next)
  }
  await check(world, model, { kind: 'read', limit: 2, reverse: false, from: -1e20 }, hasIndex)
  const { Table } = await world.run('DescribeTable', { TableName })
  assert.equal(Table?.ItemCount, model.size)
  await world.run('DeleteTable', { TableName })
  await world.service.close()
}

test('tables and indexes hold what a map holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), fc.nat(), async (steps, seed) => {
      await follow(steps, seed)
    }),
    { numRuns: RUNS },
  )
})
