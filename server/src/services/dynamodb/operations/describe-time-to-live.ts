import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { noTable } from '../errors.ts'

export const describeTimeToLive: DynamoOperation<'DescribeTimeToLive'> = async ({ tables }, input, context) => {
  new Constraints().tableName('tableName', input.TableName).check()
  const place = tablePlace(input.TableName, context)
  const table = await tables.find(place)
  if (table === undefined) throw noTable(place.name)
  const { timeToLive } = table.record
  if (timeToLive === undefined) return { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } }
  return {
    TimeToLiveDescription: {
      TimeToLiveStatus: timeToLive.phase === 'building' ? 'ENABLING' : 'ENABLED',
      AttributeName: timeToLive.attribute,
    },
  }
}
