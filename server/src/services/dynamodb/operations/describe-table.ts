import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { describeTable as describe } from '../describe-table.ts'
import { noTable } from '../errors.ts'

export const describeTable: DynamoOperation<'DescribeTable'> = async ({ tables, sizes }, input, context) => {
  new Constraints().tableName('tableName', input.TableName).check()
  const place = tablePlace(input.TableName, context)
  const table = await tables.find(place)
  if (table === undefined) throw noTable(place.name)
  return { Table: await describe(table.record, sizes) }
}
