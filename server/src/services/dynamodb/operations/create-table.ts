import { tableArn } from '../arn.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeTable } from '../describe-table.ts'
import { limitExceeded, notBuilt, tableExists } from '../errors.ts'
import { TABLES_MAX } from '../limits.ts'
import { newTable } from '../new-table.ts'
import { newPolicy } from '../resource-policy.ts'
import { beginStream, viewTypeOf } from '../streams.ts'
import { tableCodec, tableKey } from '../table-record.ts'

export const createTable: DynamoOperation<'CreateTable'> = async ({ tables, sizes, clock }, input, context) => {
  const nowMs = clock.nowMs()
  const fresh = newTable(input, context, nowMs)
  const viewType = viewTypeOf(input.StreamSpecification)
  if (input.VectorIndexes !== undefined) throw notBuilt('VectorIndexes')
  if (input.GlobalTableSourceArn !== undefined) throw notBuilt('GlobalTableSourceArn')
  const policy = input.ResourcePolicy === undefined ? undefined : newPolicy(input.ResourcePolicy, tableArn(fresh))
  const record = await tables.create(async (transaction) => {
    const key = tableKey(fresh)
    if ((await transaction.get(key)) !== undefined) throw tableExists(fresh.name)
    if ((await tables.count(context)) >= TABLES_MAX)
      throw limitExceeded(`Subscriber limit exceeded: There is a limit of ${TABLES_MAX} tables per subscriber`)
    const guarded = policy === undefined ? fresh : { ...fresh, policy }
    const made = viewType === undefined ? guarded : beginStream(guarded, viewType, nowMs, transaction)
    transaction.set(key, tableCodec.encode(made))
    return made
  })
  const creating = Object.fromEntries(record.indexes.map(({ name }) => [name, 'CREATING' as const]))
  return { TableDescription: await describeTable(record, sizes, { status: 'CREATING', indexStatus: creating }) }
}
