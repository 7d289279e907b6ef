import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput } from '../deps.ts'

/** DeleteMessage: when it is answered the message is gone from the disk too. */
export async function deleteMessage(
  { queues }: SqsDeps,
  { QueueUrl, ReceiptHandle: handle }: SqsInput<'DeleteMessage'>,
  context: RequestContext,
): Promise<object> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  queue.demandThroughput('delete')
  await queue.write(() => queue.delete(handle))
  return {}
}
