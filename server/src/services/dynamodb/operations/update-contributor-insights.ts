import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { noTable } from '../errors.ts'
import { insightsName } from '../insights.ts'

export const updateContributorInsights: DynamoOperation<'UpdateContributorInsights'> = async (deps, input, context) => {
  const { TableName, IndexName, ContributorInsightsAction: action, ContributorInsightsMode: mode } = input
  new Constraints()
    .tableName('tableName', TableName)
    .name('indexName', IndexName)
    .oneOf('contributorInsightsAction', action, ['ENABLE', 'DISABLE'])
    .check()
  const { tables, clock } = deps
  const place = tablePlace(TableName, context)
  if ((await tables.find(place)) === undefined) throw noTable(place.name)
  await tables.update(place, (record) => {
    const name = insightsName(record, IndexName)
    const { [name]: _, ...others } = record.insights ?? {}
    if (action === 'DISABLE') return { ...record, insights: others }
    return {
      ...record,
      insights: { ...others, [name]: { sinceMs: clock.nowMs(), ...(mode !== undefined && { mode }) } },
    }
  })
  return {
    TableName: place.name,
    ...(IndexName !== undefined && { IndexName }),
    ContributorInsightsStatus: action === 'ENABLE' ? 'ENABLING' : 'DISABLING',
    ...(mode !== undefined && { ContributorInsightsMode: mode }),
  }
}
