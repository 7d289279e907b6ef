import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { noTable } from '../errors.ts'
import { insightsName } from '../insights.ts'

export const describeContributorInsights: DynamoOperation<'DescribeContributorInsights'> = async (
  { tables },
  input,
  context,
) => {
  new Constraints().tableName('tableName', input.TableName).name('indexName', input.IndexName).check()
  const place = tablePlace(input.TableName, context)
  const table = await tables.find(place)
  if (table === undefined) throw noTable(place.name)
  const found = table.record.insights?.[insightsName(table.record, input.IndexName)]
  return {
    TableName: place.name,
    ...(input.IndexName !== undefined && { IndexName: input.IndexName }),
    ContributorInsightsRuleList: [],
    ContributorInsightsStatus: found === undefined ? 'DISABLED' : 'ENABLED',
    ...(found !== undefined && { LastUpdateDateTime: new Date(found.sinceMs) }),
  }
}
