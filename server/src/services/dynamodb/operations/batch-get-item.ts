import { nameOfKey } from '#storage/key.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { tablePlace } from '../arn.ts'
import { describeUsage, readUnits, Usage } from '../capacity.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoDeps, DynamoOperation } from '../deps.ts'
import type { DynamoInput, DynamoOutput } from '../model.ts'
import { invalid } from '../errors.ts'
import { checkKey, checkKeyPaths } from '../item-checks.ts'
import { itemKey } from '../item-keys.ts'
import { requireTable } from '../item-write.ts'
import type { Item } from '../language/attribute-value.ts'
import { checkItem } from '../language/check-value.ts'
import { checkParameters, compile } from '../language/expressions.ts'
import type { Projection } from '../language/projection.ts'
import { BATCH_GET_BYTES_MAX, BATCH_GET_KEYS_MAX } from '../limits.ts'
import { StoredItem } from '../stored-item.ts'
import type { Table } from '../tables.ts'

type TableRequest = NonNullable<DynamoInput<'BatchGetItem'>['RequestItems']>[string]

interface Asked {
  readonly request: TableRequest
  readonly keys: readonly Item[]
  readonly projection: Projection | undefined
}

export const batchGetItem: DynamoOperation<'BatchGetItem'> = async (deps, input, context) => {
  const requests = new Map(Object.entries(input.RequestItems ?? {}).map(([name, request]) => [name, check(request)]))
  checkConstraints(input)
  const total = [...requests.values()].reduce((sum, { keys }) => sum + keys.length, 0)
  if (total > BATCH_GET_KEYS_MAX) throw invalid('Too many items requested for the BatchGetItem call')
  const opened = await openTables(deps, requests, context)
  const responses: Record<string, Item[]> = {}
  const unprocessed: Record<string, TableRequest> = {}
  const usages: Usage[] = []
  let bytes = 0
  for (const [name, { table, asked }] of opened) {
    const read = await readAll(deps, table, asked, BATCH_GET_BYTES_MAX - bytes)
    bytes += read.bytes
    responses[name] = read.items
    if (read.left.length > 0) unprocessed[name] = { ...asked.request, Keys: read.left }
    usages.push(read.usage)
    deps.throughput.spend(table.record, read.usage)
  }
  const capacities = [...opened.values()].flatMap(({ table }, at) => {
    const capacity = describeUsage(input.ReturnConsumedCapacity, table.record, usages[at] ?? new Usage('read'))
    return capacity === undefined ? [] : [capacity]
  })
  const answer: DynamoOutput<'BatchGetItem'> = {
    Responses: responses,
    UnprocessedKeys: unprocessed,
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
  }
  return answer
}

function checkConstraints({ RequestItems, ReturnConsumedCapacity }: DynamoInput<'BatchGetItem'>): void {
  const constraints = new Constraints().returns({ ReturnConsumedCapacity })
  constraints.count('requestItems', RequestItems, { min: 1, max: BATCH_GET_KEYS_MAX })
  for (const [name, { Keys }] of Object.entries(RequestItems ?? {})) {
    constraints.tableName('requestItems', name)
    constraints.count(`requestItems.${name}.member.keys`, Keys, { min: 1, max: BATCH_GET_KEYS_MAX })
  }
  constraints.check()
}

function check(request: TableRequest): Asked {
  checkParameters('GetItem', request)
  const keys = (request.Keys ?? []).map((key) => checkItem(key))
  return { request, keys, projection: compile('GetItem', request).projection }
}

interface Opened {
  readonly table: Table
  readonly asked: Asked
}

/** Finds all tables and checks all keys before anything is read. */
async function openTables(
  deps: DynamoDeps,
  requests: ReadonlyMap<string, Asked>,
  context: RequestContext,
): Promise<ReadonlyMap<string, Opened>> {
  const opened = new Map<string, Opened>()
  for (const [name, asked] of requests) {
    const table = await requireTable(deps, tablePlace(name, context))
    const seen = new Set<string>()
    for (const key of asked.keys) {
      checkKey(table.record, key)
      seen.add(nameOfKey(itemKey(table.record, key)))
    }
    if (seen.size < asked.keys.length) throw invalid('Provided list of item keys contains duplicates')
    checkKeyPaths(table.record, asked.projection)
    deps.throughput.admit(table.record, 'read')
    opened.set(name, { table, asked })
  }
  return opened
}

async function readAll(
  { store }: DynamoDeps,
  { record }: Table,
  { request, keys, projection }: Asked,
  bytesMax: number,
): Promise<{ items: Item[]; left: TableRequest['Keys']; bytes: number; usage: Usage }> {
  const usage = new Usage('read')
  const items: Item[] = []
  const left: NonNullable<TableRequest['Keys']> = []
  let bytes = 0
  const entries = await store.getMany(keys.map((key) => itemKey(record, key)))
  for (const [at, entry] of entries.entries()) {
    const stored = entry && new StoredItem(entry.value)
    const sizeBytes = stored?.sizeBytes ?? 0
    const key = request.Keys?.[at]
    if (key !== undefined && bytes > 0 && bytes + sizeBytes > bytesMax) {
      left.push(key)
      continue
    }
    bytes += sizeBytes
    usage.addTable(readUnits(sizeBytes, request.ConsistentRead === true ? 'strong' : 'eventual'))
    if (stored !== undefined) items.push(projection === undefined ? stored.answer() : projection.project(stored.item))
  }
  return { items, left, bytes, usage }
}
