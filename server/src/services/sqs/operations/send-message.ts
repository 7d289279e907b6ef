import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { readMessage, senderIdOf } from '../new-message.ts'

/** SendMessage. */
export async function sendMessage(
  { queues, hops }: SqsDeps,
  input: SqsInput<'SendMessage'>,
  context: RequestContext,
): Promise<SqsOutput<'SendMessage'>> {
  const queue = await queues.get(parseQueueUrl(input.QueueUrl, context))
  const sender = { id: senderIdOf(context.principal, context.account), hops: hops.next(context.principal) }
  const message = readMessage(input, queue.settings, sender)
  queue.demandThroughput('send', input.MessageGroupId === undefined ? [] : [input.MessageGroupId])
  const { messageId, sequenceNumber } = await queue.write(() => queue.add(message))
  const { md5OfBody, md5OfAttributes } = message.header
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5OfBody,
    MD5OfMessageAttributes: md5OfAttributes,
    MD5OfMessageSystemAttributes: message.md5OfSystemAttributes,
    SequenceNumber: sequenceNumber,
  }
}
