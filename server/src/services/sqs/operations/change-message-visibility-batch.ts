import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import { demandBatch, eachEntry } from '../batch.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { demandVisibility } from '../visibility.ts'

/** ChangeMessageVisibilityBatch. */
export async function changeMessageVisibilityBatch(
  { queues }: SqsDeps,
  { QueueUrl, Entries: entries }: SqsInput<'ChangeMessageVisibilityBatch'>,
  context: RequestContext,
): Promise<SqsOutput<'ChangeMessageVisibilityBatch'>> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  demandBatch(entries, 'ChangeMessageVisibilityBatchRequestEntry')
  queue.demandThroughput('change')
  const { done, failed } = await queue.write(() =>
    eachEntry(entries, ({ ReceiptHandle: handle, VisibilityTimeout: seconds = 0 }) => {
      demandVisibility(seconds)
      queue.changeVisibility(handle, seconds)
    }),
  )
  return { Successful: done.map(([{ Id }]) => ({ Id })), Failed: failed.length === 0 ? undefined : failed }
}
