import { parseQueueUrl } from '../arn.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { SqsDeps, SqsInput } from '../deps.ts'
import { removePermission as withoutPermission } from '../permissions.ts'

/** RemovePermission: the statement of this label leaves the queue's policy. */
export async function removePermission(
  { queues, clock }: SqsDeps,
  { QueueUrl, Label: label }: SqsInput<'RemovePermission'>,
  context: RequestContext,
): Promise<object> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  await queue.write(() => {
    const { Policy: before, ...attributes } = queue.record.attributes
    const after = withoutPermission(before, label)
    const changed = after === '' ? attributes : { ...attributes, Policy: after }
    queue.change({ attributes: changed, modifiedMs: clock.nowMs() })
  })
  return {}
}
