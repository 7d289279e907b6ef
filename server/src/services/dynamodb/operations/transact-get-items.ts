import type { RequestContext } from '#protocol/operation.ts'
import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import type { DynamoInput } from '../model.ts'
import { checkKey, checkKeyPaths } from '../item-checks.ts'
import type { Item } from '../language/attribute-value.ts'
import { checkItem } from '../language/check-value.ts'
import { compile } from '../language/expressions.ts'
import type { Projection } from '../language/projection.ts'
import { describeTransaction } from '../transaction-capacity.ts'
import { TRANSACTION_ITEMS_MAX } from '../transaction-limits.ts'
import { readTransaction, type ReadItem, type TransactionRead } from '../transaction-read.ts'

type Requested = NonNullable<DynamoInput<'TransactGetItems'>['TransactItems']>[number]

export const transactGetItems: DynamoOperation<'TransactGetItems'> = async (deps, input, context) => {
  const { TransactItems } = input
  const constraints = new Constraints()
    .count('transactItems', TransactItems, { min: 1, max: TRANSACTION_ITEMS_MAX })
    .returns(input)
  for (const [index, { Get }] of TransactItems.entries())
    constraints.tableName(`transactItems.${index + 1}.member.get.tableName`, Get.TableName)
  constraints.check()
  const reads = TransactItems.map((requested) => readOf(requested, context))
  const items = await readTransaction(deps, reads)
  const capacity = describeTransaction(input.ReturnConsumedCapacity, items)
  return {
    Responses: items.map((item, index) => responseOf(item, reads[index]?.projection)),
    ...(capacity.length > 0 && { ConsumedCapacity: capacity }),
  }
}

interface ProjectedRead extends TransactionRead {
  readonly projection: Projection | undefined
}

function readOf({ Get }: Requested, context: RequestContext): ProjectedRead {
  const key = checkItem(Get.Key)
  const { projection } = compile('GetItem', Get)
  return {
    place: tablePlace(Get.TableName, context),
    projection,
    key(record) {
      checkKey(record, key)
      checkKeyPaths(record, projection)
      return key
    },
  }
}

/** An item that does not exist answers an empty response. */
function responseOf({ stored }: ReadItem, projection: Projection | undefined): { readonly Item?: Item } {
  if (stored === undefined) return {}
  return { Item: projection === undefined ? stored.answer() : projection.project(stored.item) }
}
