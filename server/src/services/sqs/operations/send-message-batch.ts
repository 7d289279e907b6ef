import type { RequestContext } from '#protocol/operation.ts'
import { parseQueueUrl } from '../arn.ts'
import { demandBatch, eachEntry } from '../batch.ts'
import type { SqsDeps, SqsInput, SqsOutput } from '../deps.ts'
import { batchTooLong } from '../errors.ts'
import { BATCH_BYTES_MAX } from '../limits.ts'
import { sentAttributesBytes } from '../message-attributes.ts'
import { readMessage, senderIdOf } from '../new-message.ts'

/** SendMessageBatch: entries that are valid are sent, in their order, in one commit. */
export async function sendMessageBatch(
  { queues, hops }: SqsDeps,
  { QueueUrl, Entries: entries }: SqsInput<'SendMessageBatch'>,
  context: RequestContext,
): Promise<SqsOutput<'SendMessageBatch'>> {
  const queue = await queues.get(parseQueueUrl(QueueUrl, context))
  demandBatch(entries, 'SendMessageBatchRequestEntry')
  let bytes = 0
  for (const { MessageBody: body, MessageAttributes: attributes } of entries)
    bytes += Buffer.byteLength(body) + sentAttributesBytes(attributes)
  if (bytes > BATCH_BYTES_MAX) throw batchTooLong(bytes)
  const sender = { id: senderIdOf(context.principal, context.account), hops: hops.next(context.principal) }
  const { done: ready, failed } = eachEntry(entries, (entry) => readMessage(entry, queue.settings, sender))
  queue.demandThroughput(
    'send',
    entries.flatMap(({ MessageGroupId: groupId }) => groupId ?? []),
  )
  const successful = await queue.write(() =>
    ready.map(([{ Id }, message]) => {
      const { messageId, sequenceNumber } = queue.add(message)
      const { md5OfBody, md5OfAttributes } = message.header
      return {
        Id,
        MessageId: messageId,
        MD5OfMessageBody: md5OfBody,
        MD5OfMessageAttributes: md5OfAttributes,
        MD5OfMessageSystemAttributes: message.md5OfSystemAttributes,
        SequenceNumber: sequenceNumber,
      }
    }),
  )
  return { Successful: successful, Failed: failed.length === 0 ? undefined : failed }
}
