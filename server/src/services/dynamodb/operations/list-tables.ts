import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { LIST_TABLES_MAX } from '../limits.ts'

export const listTables: DynamoOperation<'ListTables'> = async ({ tables }, input, context) => {
  const { ExclusiveStartTableName: after, Limit: limit = LIST_TABLES_MAX } = input
  new Constraints()
    .atLeast('limit', limit, 1)
    .atMost('limit', limit, LIST_TABLES_MAX)
    .name('exclusiveStartTableName', after)
    .check()
  const names = await tables.names(context, after, limit + 1)
  const page = names.slice(0, limit)
  const last = page.at(-1)
  return { TableNames: [...page], ...(names.length > limit && last !== undefined && { LastEvaluatedTableName: last }) }
}
