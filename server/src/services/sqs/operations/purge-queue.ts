import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput } from '../deps.ts'

/** PurgeQueue: nothing that was sent before can be received any more; AWS takes up to a minute for it. */
export async function purgeQueue(
  { queues }: SqsDeps,
  { QueueUrl }: SqsInput<'PurgeQueue'>,
  context: RequestContext,
): Promise<object> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  await queue.write(() => queue.purge())
  return {}
}
