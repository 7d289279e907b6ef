import { AwsError } from '#protocol/errors.ts'
import { nameOfKey } from '#storage/key.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { tablePlace, type TablePlace } from '../arn.ts'
import { describeUsage, Usage } from '../capacity.ts'
import { metricsOf, type CollectionMetrics } from '../collection-metrics.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoDeps, DynamoOperation } from '../deps.ts'
import type { DynamoInput } from '../model.ts'
import { invalid, throughputExceeded } from '../errors.ts'
import { checkKey, checkStorable } from '../item-checks.ts'
import { itemKey, keyOfItem } from '../item-keys.ts'
import { changeItem, requireTable, type Written } from '../item-write.ts'
import type { Item } from '../language/attribute-value.ts'
import { checkItem } from '../language/check-value.ts'
import { itemBytes } from '../language/item-size.ts'
import { ITEM_BYTES_MAX } from '../language/limits.ts'
import { BATCH_WRITE_ITEMS_MAX } from '../limits.ts'
import type { Table } from '../tables.ts'

type WriteRequest = NonNullable<DynamoInput<'BatchWriteItem'>['RequestItems']>[string][number]

const THROTTLES = new Set(['ProvisionedThroughputExceededException', 'ThrottlingException'])

type Wanted =
  | { readonly kind: 'put'; readonly item: Item; readonly sizeBytes: number }
  | { readonly kind: 'delete'; readonly key: Item }

interface Prepared {
  readonly name: string
  readonly place: TablePlace
  readonly table: Table
  readonly wanted: Wanted
  readonly request: WriteRequest
}

export const batchWriteItem: DynamoOperation<'BatchWriteItem'> = async (deps, input, context) => {
  checkConstraints(input)
  const checked = Object.entries(input.RequestItems ?? {}).map(
    ([name, requests]) => [name, requests.map((request) => ({ request, wanted: checkRequest(request) }))] as const,
  )
  const total = checked.reduce((sum, [, requests]) => sum + requests.length, 0)
  if (total > BATCH_WRITE_ITEMS_MAX) throw invalid('Too many items requested for the BatchWriteItem call')
  const prepared: Prepared[] = []
  for (const [name, requests] of checked) prepared.push(...(await prepare(deps, name, requests, context)))
  // Each is a write of its own: together they share the disk's syncs.
  const done = await Promise.all(prepared.map((one) => write(deps, one)))
  return answerOf(input, prepared, done)
}

function checkConstraints({ RequestItems, ...input }: DynamoInput<'BatchWriteItem'>): void {
  const constraints = new Constraints()
  constraints.count('requestItems', RequestItems, { min: 1, max: BATCH_WRITE_ITEMS_MAX })
  constraints.mapCounts('requestItems', RequestItems, { min: 1, max: BATCH_WRITE_ITEMS_MAX })
  for (const name of Object.keys(RequestItems ?? {})) constraints.tableName('requestItems', name)
  constraints.returns(input).check()
}

function checkRequest({ PutRequest, DeleteRequest }: WriteRequest): Wanted {
  if (PutRequest !== undefined && DeleteRequest !== undefined)
    throw invalid(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    )
  if (DeleteRequest !== undefined) return { kind: 'delete', key: checkItem(DeleteRequest.Key ?? {}) }
  if (PutRequest === undefined)
    throw invalid('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes')
  const item = checkItem(PutRequest.Item ?? {})
  const sizeBytes = itemBytes(item)
  if (sizeBytes > ITEM_BYTES_MAX) throw invalid('Item size has exceeded the maximum allowed size')
  return { kind: 'put', item, sizeBytes }
}

async function prepare(
  deps: DynamoDeps,
  name: string,
  requests: readonly { readonly request: WriteRequest; readonly wanted: Wanted }[],
  context: RequestContext,
): Promise<Prepared[]> {
  const place = tablePlace(name, context)
  const table = await requireTable(deps, place)
  const seen = new Set<string>()
  for (const { wanted } of requests) {
    if (wanted.kind === 'put') checkStorable(table.record, wanted.item)
    else checkKey(table.record, wanted.key)
    seen.add(nameOfKey(itemKey(table.record, keyOf(wanted))))
  }
  if (seen.size < requests.length) throw invalid('Provided list of item keys contains duplicates')
  return requests.map(({ request, wanted }) => ({ name, place, table, wanted, request }))
}

function keyOf(wanted: Wanted): Item {
  return wanted.kind === 'put' ? wanted.item : wanted.key
}

/** Undefined when the table has no units left for this one: it is answered as unprocessed. */
async function write(deps: DynamoDeps, { place, table, wanted }: Prepared): Promise<Written | undefined> {
  const key = keyOfItem(keyOf(wanted), table.record.key)
  try {
    return await changeItem(deps, place, key, (before, now) => {
      if (now.record !== table.record && wanted.kind === 'put') checkStorable(now.record, wanted.item)
      if (wanted.kind === 'put') return wanted
      return before === undefined ? { kind: 'keep' } : wanted
    })
  } catch (error) {
    if (!(error instanceof AwsError && THROTTLES.has(error.code))) throw error
    return undefined
  }
}

function answerOf(
  input: DynamoInput<'BatchWriteItem'>,
  prepared: readonly Prepared[],
  done: readonly (Written | undefined)[],
): Awaited<ReturnType<typeof batchWriteItem>> {
  const unprocessed: Record<string, WriteRequest[]> = {}
  const usages = new Map<string, { readonly table: Table; readonly usage: Usage }>()
  const metrics: Record<string, CollectionMetrics[]> = {}
  for (const [at, { name, table, wanted, request }] of prepared.entries()) {
    const written = done[at]
    if (written === undefined) {
      ;(unprocessed[name] ??= []).push(request)
      continue
    }
    const of = usages.get(name) ?? { table, usage: new Usage('write') }
    of.usage.add(written.usage)
    usages.set(name, of)
    const metric = metricsOf(input, table.record, keyOf(wanted))
    if (metric !== undefined) (metrics[name] ??= []).push(metric)
  }
  // Not one of them could be written: then the call itself is refused.
  if (usages.size === 0) throw throughputExceeded()
  const capacities = [...usages.values()].flatMap(({ table, usage }) => {
    const capacity = describeUsage(input.ReturnConsumedCapacity, table.record, usage)
    return capacity === undefined ? [] : [capacity]
  })
  return {
    UnprocessedItems: unprocessed,
    ...(Object.keys(metrics).length > 0 && { ItemCollectionMetrics: metrics }),
    ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
  }
}
