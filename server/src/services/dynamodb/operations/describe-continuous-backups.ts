import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeContinuousBackups as describe } from '../describe-backups.ts'
import { notFound } from '../errors.ts'

export const describeContinuousBackups: DynamoOperation<'DescribeContinuousBackups'> = async (deps, input, context) => {
  new Constraints().tableName('tableName', input.TableName).check()
  const place = tablePlace(input.TableName, context)
  const table = await deps.tables.find(place)
  if (table === undefined) throw notFound('TableNotFoundException', `Table not found: ${place.name}`)
  return { ContinuousBackupsDescription: describe(table.record, deps.clock.nowMs()) }
}
