import type { RequestContext } from '#protocol/operation.ts'
import { queueArn, queueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { noSuchQueue } from '../errors.ts'

/** GetQueueUrl. */
export async function getQueueUrl(
  { queues }: SqsDeps,
  { QueueName: name, QueueOwnerAWSAccountId: owner }: SqsInput<'GetQueueUrl'>,
  context: RequestContext,
): Promise<SqsOutput<'GetQueueUrl'>> {
  const { account, region } = context
  const record = await queues.record(queueArn({ account: owner ?? account, region, name }))
  if (record === undefined) throw noSuchQueue()
  return { QueueUrl: queueUrl(record, context) }
}
