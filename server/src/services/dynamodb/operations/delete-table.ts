import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeTable } from '../describe-table.ts'
import { invalid, tableInUse } from '../errors.ts'
import { clearTable } from '../clear-table.ts'
import { endStream } from '../streams.ts'

export const deleteTable: DynamoOperation<'DeleteTable'> = async (deps, input, context) => {
  new Constraints().tableName('tableName', input.TableName).check()
  const { tables, jobs, sizes, clock } = deps
  const place = tablePlace(input.TableName, context)
  let description: Awaited<ReturnType<typeof describeTable>> | undefined
  await tables.change(place, async (record, transaction) => {
    if (record.load !== undefined)
      throw tableInUse(`Attempt to change a resource which is still in use: Table is being created: ${record.name}`)
    if (record.indexes.some((index) => index.phase === 'building'))
      throw tableInUse(`Attempt to change a resource which is still in use: Table is being updated: ${record.name}`)
    if (record.deletionProtected)
      throw invalid(
        `Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.`,
      )
    description = await describeTable(record, sizes, { status: 'DELETING' })
    await endStream(record, clock.nowMs(), transaction)
    clearTable(deps, record, transaction)
    return undefined
  })
  jobs.wake()
  return { ...(description !== undefined && { TableDescription: description }) }
}
