import { tablePlace } from '../arn.ts'
import { consumedCapacity } from '../capacity.ts'
import { collectionMetrics } from '../collection-metrics.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { conditionFailed, invalid } from '../errors.ts'
import { checkKey, checkKeyPaths } from '../item-checks.ts'
import { changeItem, requireTable } from '../item-write.ts'
import { checkItem } from '../language/check-value.ts'
import { checkParameters, compile } from '../language/expressions.ts'
import { checkConditionalOperator } from '../language/legacy.ts'

export const deleteItem: DynamoOperation<'DeleteItem'> = async (deps, input, context) => {
  new Constraints().tableName('tableName', input.TableName).returns(input).conditionalOperator(input).check()
  checkParameters('DeleteItem', input)
  checkConditionalOperator(input)
  const key = checkItem(input.Key)
  if (input.ReturnValues !== undefined && input.ReturnValues !== 'ALL_OLD' && input.ReturnValues !== 'NONE')
    throw invalid('ReturnValues can only be ALL_OLD or NONE')
  const { condition } = compile('DeleteItem', input)
  const place = tablePlace(input.TableName, context)
  const { record } = await requireTable(deps, place)
  checkKey(record, key)
  checkKeyPaths(record, condition)
  const written = await changeItem(deps, place, key, (before, table) => {
    if (table.record !== record) checkKey(table.record, key)
    if (condition !== undefined && !condition.holds(before?.item))
      throw conditionFailed(input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? before?.answer() : undefined)
    return before === undefined ? { kind: 'keep' } : { kind: 'delete' }
  })
  return {
    ...(input.ReturnValues === 'ALL_OLD' && written.before && { Attributes: written.before.answer() }),
    ...consumedCapacity(input, record, written.usage),
    ...collectionMetrics(input, record, key),
  }
}
