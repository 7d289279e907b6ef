import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import { demandBatch, eachEntry } from '../batch.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'

/** DeleteMessageBatch. */
export async function deleteMessageBatch(
  { queues }: SqsDeps,
  { QueueUrl, Entries: entries }: SqsInput<'DeleteMessageBatch'>,
  context: RequestContext,
): Promise<SqsOutput<'DeleteMessageBatch'>> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  demandBatch(entries, 'DeleteMessageBatchRequestEntry')
  queue.demandThroughput('delete')
  const { done, failed } = await queue.write(() => eachEntry(entries, (entry) => queue.delete(entry.ReceiptHandle)))
  return { Successful: done.map(([{ Id }]) => ({ Id })), Failed: failed.length === 0 ? undefined : failed }
}
