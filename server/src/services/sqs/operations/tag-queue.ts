import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput } from '../deps.ts'
import { withTags } from '../tags.ts'

/** TagQueue: adds tags, and changes those that there are. */
export async function tagQueue(
  { queues }: SqsDeps,
  { QueueUrl, Tags: tags }: SqsInput<'TagQueue'>,
  context: RequestContext,
): Promise<object> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  await queue.write(() => queue.change({ tags: withTags(queue.record.tags, tags) }))
  return {}
}
