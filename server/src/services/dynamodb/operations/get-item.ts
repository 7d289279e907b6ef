import { tablePlace } from '../arn.ts'
import { consumedCapacity, readUnits, Usage } from '../capacity.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { checkKey, checkKeyPaths } from '../item-checks.ts'
import { itemKey } from '../item-keys.ts'
import { readItem, requireTable } from '../item-write.ts'
import { checkItem } from '../language/check-value.ts'
import { checkParameters, compile } from '../language/expressions.ts'

export const getItem: DynamoOperation<'GetItem'> = async (deps, input, context) => {
  new Constraints().tableName('tableName', input.TableName).returns(input).check()
  checkParameters('GetItem', input)
  const key = checkItem(input.Key)
  const { projection } = compile('GetItem', input)
  const { record } = await requireTable(deps, tablePlace(input.TableName, context))
  checkKey(record, key)
  checkKeyPaths(record, projection)
  deps.throughput.admit(record, 'read')
  const { stored } = await readItem(deps.store, itemKey(record, key))
  const usage = new Usage('read')
  usage.addTable(readUnits(stored?.sizeBytes ?? 0, input.ConsistentRead === true ? 'strong' : 'eventual'))
  deps.throughput.spend(record, usage)
  const capacity = consumedCapacity(input, record, usage)
  if (stored === undefined) return capacity
  return { Item: projection === undefined ? stored.answer() : projection.project(stored.item), ...capacity }
}
