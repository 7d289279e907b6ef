import type { RequestContext } from '#protocol/operation.ts'
import { queueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { pageOf } from '../page.ts'

/** ListQueues: the account's in this region, in the order of their names. */
export async function listQueues(
  { queues }: SqsDeps,
  { QueueNamePrefix: prefix = '', MaxResults: maxResults, NextToken: token }: SqsInput<'ListQueues'>,
  context: RequestContext,
): Promise<SqsOutput<'ListQueues'>> {
  const records = await queues.records(context.account, context.region)
  const { items, nextToken } = pageOf(
    records.filter(({ name }) => name.startsWith(prefix)),
    { maxResults, token },
  )
  return {
    QueueUrls: items.length === 0 ? undefined : items.map((record) => queueUrl(record, context)),
    NextToken: nextToken,
  }
}
