import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import type { DynamoInput } from '../model.ts'
import { invalid } from '../errors.ts'
import { checkKeyPaths } from '../item-checks.ts'
import { requireTable } from '../item-write.ts'
import { attributeOf, valuesEqual, type Item } from '../language/attribute-value.ts'
import type { ConditionProgram } from '../language/condition.ts'
import { checkParameters, compile } from '../language/expressions.ts'
import { meetsRange, type KeyAttribute, type QueryRange } from '../language/key-condition.ts'
import { checkConditionalOperator } from '../language/legacy.ts'
import { rangeOfQuery, readPage } from '../page-read.ts'
import { namesOfKey } from '../projected-item.ts'
import { checkAllAttributes, checkSelect, checkStartValues, indexOf, pageAnswer, startOf } from '../selection.ts'
import { typeOfKeyAttribute, type KeyNames, type TableRecord } from '../table-record.ts'

export const query: DynamoOperation<'Query'> = async (deps, input, context) => {
  checkConstraints(input)
  checkParameters('Query', input)
  checkConditionalOperator(input)
  const start = input.ExclusiveStartKey && checkStartValues(input.ExclusiveStartKey)
  if (input.KeyConditions === undefined && input.KeyConditionExpression === undefined)
    throw invalid('Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.')
  const { keyConditions, filter, projection } = compile('Query', input)
  checkSelect(input)
  const { record } = await requireTable(deps, tablePlace(input.TableName, context))
  const index = indexOf(record, input)
  const names = index?.key ?? record.key
  if (keyConditions === undefined) throw invalid('Conditions can be of length 1 or 2 only')
  const range = keyConditions.forKeys(
    attribute(record, names.hash),
    names.range === undefined ? undefined : attribute(record, names.range),
  )
  const from = start && startOf(record, index, start)
  if (start !== undefined) checkInside(start, names, range)
  checkKeyPaths(record, projection, filter)
  checkFilter(names, filter, input.QueryFilter === undefined ? 'Filter Expression' : 'QueryFilter')
  checkAllAttributes(index, input)
  deps.throughput.admit(record, 'read', index)
  const page = await readPage(deps.store, {
    record,
    index,
    range: rangeOfQuery(index?.space ?? record.space, range),
    start: from,
    reverse: input.ScanIndexForward === false,
    limit: input.Limit,
    consistent: input.ConsistentRead === true,
    filter,
    projection,
    countOnly: input.Select === 'COUNT',
    allAttributes: input.Select === 'ALL_ATTRIBUTES',
  })
  deps.throughput.spend(record, page.usage)
  return pageAnswer(record, page, input)
}

function checkConstraints(input: DynamoInput<'Query'>): void {
  new Constraints()
    .tableName('tableName', input.TableName)
    .name('indexName', input.IndexName)
    .oneOf('select', input.Select, ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'])
    .atLeast('limit', input.Limit, 1)
    .count('attributesToGet', input.AttributesToGet, { min: 1, max: Number.MAX_SAFE_INTEGER })
    .conditionalOperator(input)
    .returns(input)
    .check()
}

function attribute(record: TableRecord, name: string): KeyAttribute {
  return { name, type: typeOfKeyAttribute(record, name) }
}

/** A page cannot begin where the query does not reach. Throws ValidationException. */
function checkInside(start: Item, { hash, range: rangeName }: KeyNames, { hash: value, range }: QueryRange): void {
  const given = attributeOf(start, hash)
  const isSamePartition = given !== undefined && valuesEqual(given, value)
  if (rangeName === undefined || range === undefined) {
    if (!isSamePartition)
      throw invalid('The provided starting key is outside query boundaries based on provided conditions')
    return
  }
  if (!meetsRange(start, rangeName, range))
    throw invalid('The provided starting key does not match the range key predicate')
  if (!isSamePartition) throw invalid('The query can return at most one row and cannot be restarted')
}

function checkFilter(names: KeyNames, filter: ConditionProgram | undefined, parameter: string): void {
  const keys = namesOfKey(names)
  for (const [name] of filter?.paths ?? [])
    if (typeof name === 'string' && keys.includes(name))
      throw invalid(`${parameter} can only contain non-primary key attributes: Primary key attribute: ${name}`)
}
