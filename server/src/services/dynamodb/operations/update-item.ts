import { tablePlace } from '../arn.ts'
import { consumedCapacity } from '../capacity.ts'
import { collectionMetrics } from '../collection-metrics.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import type { DynamoInput } from '../model.ts'
import { conditionFailed } from '../errors.ts'
import { checkKey, checkKeyPaths } from '../item-checks.ts'
import { checkUpdatedPaths, updated } from '../item-update.ts'
import { changeItem, requireTable, type Written } from '../item-write.ts'
import type { Item } from '../language/attribute-value.ts'
import { checkItem } from '../language/check-value.ts'
import { checkParameters, compile } from '../language/expressions.ts'
import { checkConditionalOperator } from '../language/legacy.ts'
import type { Projection } from '../language/projection.ts'

export const updateItem: DynamoOperation<'UpdateItem'> = async (deps, input, context) => {
  new Constraints().tableName('tableName', input.TableName).returns(input).conditionalOperator(input).check()
  checkParameters('UpdateItem', input)
  checkConditionalOperator(input)
  const key = checkItem(input.Key)
  const { condition, update } = compile('UpdateItem', input)
  const place = tablePlace(input.TableName, context)
  const { record } = await requireTable(deps, place)
  checkKey(record, key)
  checkUpdatedPaths(record, update)
  checkKeyPaths(record, condition, update && { paths: update.actions.map(({ path }) => path) })
  const written = await changeItem(deps, place, key, (before, table) => {
    if (table.record !== record) checkKey(table.record, key)
    if (condition !== undefined && !condition.holds(before?.item))
      throw conditionFailed(input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? before?.answer() : undefined)
    return updated(table.record, key, before, update)
  })
  const attributes = returned(input.ReturnValues, written, update?.touched)
  return {
    ...(attributes !== undefined && { Attributes: attributes }),
    ...consumedCapacity(input, record, written.usage),
    ...collectionMetrics(input, record, key),
  }
}

/** Attributes that are not there are left out, and with them `Attributes` itself. */
function returned(
  asked: DynamoInput<'UpdateItem'>['ReturnValues'],
  { before, after }: Written,
  touched: Projection | undefined,
): Item | undefined {
  switch (asked) {
    case 'ALL_OLD':
      return before?.answer()
    case 'ALL_NEW':
      return after?.answer()
    case 'UPDATED_OLD':
      return nonEmpty(before && touched?.project(before.item))
    case 'UPDATED_NEW':
      return nonEmpty(after && touched?.project(after.item))
    default:
      return undefined
  }
}

function nonEmpty(item: Item | undefined): Item | undefined {
  return item !== undefined && Object.keys(item).length > 0 ? item : undefined
}
