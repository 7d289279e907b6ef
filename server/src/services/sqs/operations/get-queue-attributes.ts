import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import { ATTRIBUTE_NAMES, attributeOf } from '../attributes.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { unknownAttribute } from '../errors.ts'
import type { Queue } from '../queue.ts'

/** GetQueueAttributes: those that were asked for, as far as the queue has them. */
export async function getQueueAttributes(
  { queues }: SqsDeps,
  { QueueUrl, AttributeNames: wanted = [] }: SqsInput<'GetQueueAttributes'>,
  context: RequestContext,
): Promise<SqsOutput<'GetQueueAttributes'>> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  for (const name of wanted) if (name !== 'All' && !ATTRIBUTE_NAMES.has(name)) throw unknownAttribute(name)
  const names = wanted.includes('All') ? ATTRIBUTE_NAMES : new Set<string>(wanted)
  const counts = queue.counts
  const attributes: Record<string, string> = {}
  for (const name of names) {
    const value = readOnlyAttribute(queue, name, counts) ?? attributeOf(queue.record, name)
    if (value !== undefined) attributes[name] = value
  }
  return Object.keys(attributes).length === 0 ? {} : { Attributes: attributes }
}

function readOnlyAttribute({ arn, record }: Queue, name: string, counts: Queue['counts']): string | undefined {
  switch (name) {
    case 'QueueArn':
      return arn
    case 'ApproximateNumberOfMessages':
      return String(counts.visible)
    case 'ApproximateNumberOfMessagesNotVisible':
      return String(counts.inFlight)
    case 'ApproximateNumberOfMessagesDelayed':
      return String(counts.delayed)
    case 'CreatedTimestamp':
      return String(Math.floor(record.createdMs / 1000))
    case 'LastModifiedTimestamp':
      return String(Math.floor(record.modifiedMs / 1000))
    default:
      return undefined
  }
}
