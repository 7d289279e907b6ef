import type { Range } from '#storage/store.ts'
import { encodeKey } from '#storage/key.ts'
import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import type { DynamoInput } from '../model.ts'
import { invalid } from '../errors.ts'
import { checkKeyPaths } from '../item-checks.ts'
import { segmentStart } from '../item-keys.ts'
import { requireTable } from '../item-write.ts'
import { checkParameters, compile } from '../language/expressions.ts'
import { checkConditionalOperator } from '../language/legacy.ts'
import { SEGMENTS_MAX } from '../limits.ts'
import { readPage } from '../page-read.ts'
import { checkAllAttributes, checkSelect, checkStartValues, indexOf, pageAnswer, startOf } from '../selection.ts'
import { SPACE_PREFIX } from '../table-record.ts'

export const scan: DynamoOperation<'Scan'> = async (deps, input, context) => {
  checkConstraints(input)
  checkParameters('Scan', input)
  checkConditionalOperator(input)
  const start = input.ExclusiveStartKey && checkStartValues(input.ExclusiveStartKey)
  checkSegments(input)
  const { filter, projection } = compile('Scan', input)
  checkSelect(input)
  const { record } = await requireTable(deps, tablePlace(input.TableName, context))
  const index = indexOf(record, input)
  const range = rangeOfSegment(index?.space ?? record.space, input)
  const from = start && startOf(record, index, start)
  if (from !== undefined) checkInSegment(from, range, input)
  checkKeyPaths(record, projection, filter)
  checkAllAttributes(index, input)
  deps.throughput.admit(record, 'read', index)
  const page = await readPage(deps.store, {
    record,
    index,
    range,
    start: from,
    reverse: false,
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

function checkConstraints(input: DynamoInput<'Scan'>): void {
  new Constraints()
    .tableName('tableName', input.TableName)
    .name('indexName', input.IndexName)
    .oneOf('select', input.Select, ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'])
    .atLeast('limit', input.Limit, 1)
    .count('attributesToGet', input.AttributesToGet, { min: 1, max: Number.MAX_SAFE_INTEGER })
    .atLeast('totalSegments', input.TotalSegments, 1)
    .atMost('totalSegments', input.TotalSegments, SEGMENTS_MAX)
    .atLeast('segment', input.Segment, 0)
    .atMost('segment', input.Segment, SEGMENTS_MAX - 1)
    .conditionalOperator(input)
    .returns(input)
    .check()
}

function checkSegments({ Segment, TotalSegments }: DynamoInput<'Scan'>): void {
  if (Segment !== undefined && TotalSegments === undefined)
    throw invalid(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    )
  if (TotalSegments === undefined) return
  if (Segment === undefined)
    throw invalid(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    )
  if (Segment >= TotalSegments)
    throw invalid(
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
        `Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
    )
}

function rangeOfSegment(space: string, { Segment, TotalSegments }: DynamoInput<'Scan'>): Range {
  const all = { prefix: [SPACE_PREFIX, space] }
  if (Segment === undefined || TotalSegments === undefined) return all
  return {
    ...all,
    from: segmentStart(space, Segment, TotalSegments),
    ...(Segment + 1 < TotalSegments && { before: segmentStart(space, Segment + 1, TotalSegments) }),
  }
}

function checkInSegment(
  key: Range['prefix'],
  { from, before }: Range,
  { Segment, TotalSegments }: DynamoInput<'Scan'>,
): void {
  const bytes = encodeKey(key)
  if (from !== undefined && Buffer.compare(bytes, encodeKey(from)) >= 0)
    if (before === undefined || Buffer.compare(bytes, encodeKey(before)) < 0) return
  if (from === undefined) return
  throw invalid(
    'The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. ' +
      `TotalSegments: ${TotalSegments} Segment: ${Segment}`,
  )
}
