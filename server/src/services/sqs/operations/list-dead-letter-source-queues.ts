import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl, queueUrl } from '../arn.ts'
import { settingsOf } from '../attributes.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { pageOf } from '../page.ts'

/** ListDeadLetterSourceQueues: the queues whose redrive policy names this one. */
export async function listDeadLetterSourceQueues(
  { queues }: SqsDeps,
  { QueueUrl, MaxResults: maxResults, NextToken: token }: SqsInput<'ListDeadLetterSourceQueues'>,
  context: RequestContext,
): Promise<SqsOutput<'ListDeadLetterSourceQueues'>> {
  const target = await queues.get(parseQueueUrl(QueueUrl, context))
  const { account, region } = target.record
  const sources = (await queues.records(account, region)).filter(
    (record) => settingsOf(record).redrive?.deadLetterTargetArn === target.arn,
  )
  const { items, nextToken } = pageOf(sources, { maxResults, token })
  return { queueUrls: items.map((record) => queueUrl(record, context)), NextToken: nextToken }
}
