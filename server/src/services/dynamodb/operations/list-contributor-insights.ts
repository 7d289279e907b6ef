import { tablePlace } from '../arn.ts'
import { Constraints } from '../constraints.ts'
import type { DynamoOperation } from '../deps.ts'
import { noTable } from '../errors.ts'
import { TABLE_ITSELF } from '../insights.ts'

const PAGE_MAX = 100

/** What is switched on, for one table or for all of the region. */
export const listContributorInsights: DynamoOperation<'ListContributorInsights'> = async (
  { tables },
  input,
  context,
) => {
  const { MaxResults: limit = PAGE_MAX, NextToken: token } = input
  new Constraints()
    .tableName('tableName', input.TableName)
    .atLeast('maxResults', limit, 1)
    .atMost('maxResults', limit, PAGE_MAX)
    .check()
  const place = input.TableName === undefined ? undefined : tablePlace(input.TableName, context)
  const names = place === undefined ? await tables.names(context, token, limit) : [place.name]
  const summaries = []
  for (const name of names) {
    const table = await tables.find(place ?? { account: context.account, region: context.region, name })
    if (table === undefined && place !== undefined) throw noTable(name)
    for (const index of Object.keys(table?.record.insights ?? {}))
      summaries.push({
        TableName: name,
        ...(index !== TABLE_ITSELF && { IndexName: index }),
        ContributorInsightsStatus: 'ENABLED' as const,
      })
  }
  const last = names.at(-1)
  const more = place === undefined && names.length === limit && last !== undefined
  return { ContributorInsightsSummaries: summaries, ...(more && { NextToken: last }) }
}
