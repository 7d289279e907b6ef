import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput } from '../deps.ts'
import { demandVisibility } from '../visibility.ts'

/** ChangeMessageVisibility: from now on, for so many seconds. */
export async function changeMessageVisibility(
  { queues }: SqsDeps,
  { QueueUrl, ReceiptHandle: handle, VisibilityTimeout: seconds }: SqsInput<'ChangeMessageVisibility'>,
  context: RequestContext,
): Promise<object> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  demandVisibility(seconds)
  queue.demandThroughput('change')
  await queue.write(() => queue.changeVisibility(handle, seconds))
  return {}
}
