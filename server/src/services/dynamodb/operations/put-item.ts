import { tablePlace } from '../arn.ts'
import { consumedCapacity } from '../capacity.ts'
import { collectionMetrics } from '../collection-metrics.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { conditionFailed, invalid } from '../errors.ts'
import { checkKeyPaths, checkStorable } from '../item-checks.ts'
import { keyOfItem } from '../item-keys.ts'
import { changeItem, requireTable } from '../item-write.ts'
import { checkItem } from '../language/check-value.ts'
import { checkParameters, compile } from '../language/expressions.ts'
import { checkConditionalOperator } from '../language/legacy.ts'
import { itemBytes } from '../language/item-size.ts'
import { ITEM_BYTES_MAX } from '../language/limits.ts'

export const putItem: DynamoOperation<'PutItem'> = async (deps, input, context) => {
  new Constraints().tableName('tableName', input.TableName).returns(input).conditionalOperator(input).check()
  checkParameters('PutItem', input)
  checkConditionalOperator(input)
  const item = checkItem(input.Item)
  if (input.ReturnValues !== undefined && input.ReturnValues !== 'ALL_OLD' && input.ReturnValues !== 'NONE')
    throw invalid('ReturnValues can only be ALL_OLD or NONE')
  const sizeBytes = itemBytes(item)
  if (sizeBytes > ITEM_BYTES_MAX) throw invalid('Item size has exceeded the maximum allowed size')
  const { condition } = compile('PutItem', input)
  const place = tablePlace(input.TableName, context)
  const { record } = await requireTable(deps, place)
  checkStorable(record, item)
  checkKeyPaths(record, condition)
  const key = keyOfItem(item, record.key)
  const written = await changeItem(deps, place, key, (before, table) => {
    if (table.record !== record) checkStorable(table.record, item)
    if (condition !== undefined && !condition.holds(before?.item))
      throw conditionFailed(input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? before?.answer() : undefined)
    return { kind: 'put', item, sizeBytes }
  })
  return {
    ...(input.ReturnValues === 'ALL_OLD' && written.before && { Attributes: written.before.answer() }),
    ...consumedCapacity(input, record, written.usage),
    ...collectionMetrics(input, record, key),
  }
}
