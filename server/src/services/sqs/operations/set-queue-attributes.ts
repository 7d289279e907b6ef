import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import { changedAttributes } from '../attributes.ts'
import type { SqsDeps, SqsInput } from '../deps.ts'
import { demandRedrive } from '../redrive.ts'

/** SetQueueAttributes: in force when it is answered; AWS takes up to a minute, and fifteen for the retention. */
export async function setQueueAttributes(
  { queues, clock }: SqsDeps,
  { QueueUrl, Attributes: sent }: SqsInput<'SetQueueAttributes'>,
  context: RequestContext,
): Promise<object> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  const { isFifo } = queue.settings
  const asked = changedAttributes(queue.record, sent, isFifo)
  if (sent.RedrivePolicy !== undefined) await demandRedrive(queues, asked, { ...queue.record, isFifo })
  await queue.write(() => {
    queue.change({ attributes: changedAttributes(queue.record, sent, isFifo), modifiedMs: clock.nowMs() })
  })
  return {}
}
