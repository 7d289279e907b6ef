import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'

/** ListQueueTags. */
export async function listQueueTags(
  { queues }: SqsDeps,
  { QueueUrl }: SqsInput<'ListQueueTags'>,
  context: RequestContext,
): Promise<SqsOutput<'ListQueueTags'>> {
  const { tags } = (await queues.get(parseQueueUrl(QueueUrl, context))).record
  return Object.keys(tags).length === 0 ? {} : { Tags: tags }
}
