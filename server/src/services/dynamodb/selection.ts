// What Query and Scan share: which index is read, which attributes are asked for, and where the page begins.
import { describeUsage } from './capacity.ts'
import { invalid, invalidParameter } from './errors.ts'
import { entryKey, itemKey } from './item-keys.ts'
import { checkKey } from './item-checks.ts'
import { attributeOf, type Item } from './language/attribute-value.ts'
import { checkItem, type WireItem } from './language/check-value.ts'
import { isKeyValue, type KeyValue } from './language/key-encoding.ts'
import { namesOfKey } from './projected-item.ts'
import type { Page } from './page-read.ts'
import { typeOfKeyAttribute, type IndexRecord, type TableRecord } from './table-record.ts'
import type { Key } from '#storage/store.ts'

interface SelectionInput {
  readonly IndexName?: string | undefined
  readonly Select?: string | undefined
  readonly ConsistentRead?: boolean | undefined
  readonly AttributesToGet?: readonly string[] | undefined
  readonly ProjectionExpression?: string | undefined
}

/** Select and the attributes asked for must fit together. Throws ValidationException. */
export function checkSelect({ Select, AttributesToGet, ProjectionExpression, IndexName }: SelectionInput): void {
  const parameter =
    ProjectionExpression !== undefined
      ? 'ProjectionExpression'
      : AttributesToGet !== undefined
        ? 'AttributesToGet'
        : undefined
  if (parameter !== undefined && Select !== undefined && Select !== 'SPECIFIC_ATTRIBUTES') {
    const what = Select === 'COUNT' ? 'only the Count' : Select
    throw invalid(`Cannot specify the ${parameter} when choosing to get ${what}`)
  }
  if (Select === 'SPECIFIC_ATTRIBUTES' && parameter === undefined)
    throw invalid('Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES')
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && IndexName === undefined)
    throw invalid('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName')
}

/** The index that the request names; undefined for the table itself. Throws ValidationException. */
export function indexOf(record: TableRecord, input: SelectionInput): IndexRecord | undefined {
  if (input.IndexName === undefined) return undefined
  const index = record.indexes.find(({ name }) => name === input.IndexName)
  if (index === undefined) throw invalid(`The table does not have the specified index: ${input.IndexName}`)
  if (index.scope === 'global' && input.ConsistentRead === true)
    throw invalid('Consistent reads are not supported on global secondary indexes')
  if (index.phase === 'building') throw invalid(`Cannot read from backfilling global secondary index: ${index.name}`)
  return index
}

/** A global index cannot be completed from the table. Throws ValidationException. */
export function checkAllAttributes(index: IndexRecord | undefined, input: SelectionInput): void {
  if (input.Select !== 'ALL_ATTRIBUTES' || index?.scope !== 'global' || index.projection.kind === 'ALL') return
  throw invalidParameter(
    `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
  )
}

/**
 * Where a page that begins behind `start` begins. Throws ValidationException when it is no key of the table and index.
 */
export function startOf(record: TableRecord, index: IndexRecord | undefined, start: Item): Key {
  const names = new Set([...namesOfKey(record.key), ...(index === undefined ? [] : namesOfKey(index.key))])
  if (index === undefined) checkStart(() => checkKey(record, start))
  else {
    if (Object.keys(start).length !== names.size) throw invalid('The provided starting key is invalid')
    for (const name of names) requireType(record, start, name)
    checkStart(() =>
      checkKey(
        record,
        Object.fromEntries(namesOfKey(record.key).map((name) => [name, requireType(record, start, name)])),
      ),
    )
  }
  const key = index === undefined ? itemKey(record, start) : entryKey(record, index, start)
  if (key === undefined) throw invalid('The provided starting key is invalid')
  return key
}

function requireType(record: TableRecord, start: Item, name: string): KeyValue {
  const value = attributeOf(start, name)
  if (value === undefined) throw invalid('The provided starting key is invalid')
  if (!isKeyValue(value) || !(typeOfKeyAttribute(record, name) in value))
    throw invalid('The provided starting key is invalid: The provided key element does not match the schema')
  return value
}

function checkStart(check: () => void): void {
  try {
    check()
  } catch (error) {
    throw invalid(`The provided starting key is invalid: ${error instanceof Error ? error.message : ''}`)
  }
}

/** Faults of values that are told as they are; all others as faults of the key. */
const OWN_WORDS = /contains duplicates|number set|numeric value|significant digits|number with magnitude/

/** The values of a start key. Throws ValidationException. */
export function checkStartValues(start: WireItem): Item {
  try {
    return checkItem(start)
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    throw OWN_WORDS.test(message) ? error : invalid(`The provided starting key is invalid: ${message}`)
  }
}

interface PageInput extends SelectionInput {
  readonly ReturnConsumedCapacity?: string | undefined
}

/** The page as both operations answer it. */
export function pageAnswer(
  record: TableRecord,
  page: Page,
  input: PageInput,
): {
  readonly Items?: Item[]
  readonly Count: number
  readonly ScannedCount: number
  readonly LastEvaluatedKey?: Item
  readonly ConsumedCapacity?: NonNullable<ReturnType<typeof describeUsage>>
} {
  const capacity = describeUsage(input.ReturnConsumedCapacity, record, page.usage)
  return {
    ...(input.Select !== 'COUNT' && { Items: [...page.items] }),
    Count: page.count,
    ScannedCount: page.scanned,
    ...(page.lastKey !== undefined && { LastEvaluatedKey: page.lastKey }),
    ...(capacity !== undefined && { ConsumedCapacity: capacity }),
  }
}
