import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput } from '../deps.ts'

/** DeleteQueue: the queue is gone at once, its messages from the disk soon after. */
export async function deleteQueue(
  { queues }: SqsDeps,
  { QueueUrl }: SqsInput<'DeleteQueue'>,
  context: RequestContext,
): Promise<object> {
  await queues.drop(await queues.get(parseQueueUrl(QueueUrl, context)))
  return {}
}
