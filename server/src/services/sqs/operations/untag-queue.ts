import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput } from '../deps.ts'

/** UntagQueue: tags that there are not are passed over. */
export async function untagQueue(
  { queues }: SqsDeps,
  { QueueUrl, TagKeys: keys }: SqsInput<'UntagQueue'>,
  context: RequestContext,
): Promise<object> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  await queue.write(() => {
    const left = Object.entries(queue.record.tags).filter(([key]) => !keys.includes(key))
    queue.change({ tags: Object.fromEntries(left) })
  })
  return {}
}
