import { parseQueueUrl } from '../arn.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { SqsDeps, SqsInput } from '../deps.ts'
import { addPermission as withPermission } from '../permissions.ts'

/** AddPermission: a statement in the queue's policy. */
export async function addPermission(
  { queues, clock }: SqsDeps,
  { QueueUrl, Label: label, AWSAccountIds: accounts, Actions: actions }: SqsInput<'AddPermission'>,
  context: RequestContext,
): Promise<object> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  await queue.write(() => {
    const { attributes } = queue.record
    const policy = withPermission(attributes['Policy'], queue.record, { label, accounts, actions })
    queue.change({ attributes: { ...attributes, Policy: policy }, modifiedMs: clock.nowMs() })
  })
  return {}
}
