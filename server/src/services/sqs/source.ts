// How queues are polled for functions, and the record that a function sees of a message (Lambda developer guide, "Using
// Lambda with Amazon SQS").
import type { QueueMessage, QueueSource } from '#events/queue-source.ts'
import { AwsError } from '#protocol/errors.ts'
import { parseQueueArn } from './arn.ts'
import type { SqsDeps } from './deps.ts'
import { noSuchQueue } from './errors.ts'
import type { MessageAttributes } from './message.ts'
import type { Queue, ReceivedMessage } from './queue.ts'
import { systemAttributes } from './received.ts'

export function createSqsQueueSource({ queues }: SqsDeps): QueueSource {
  const open = async (arn: string): Promise<Queue> => {
    const queue = await queues.find(arn)
    if (queue === undefined) throw noSuchQueue()
    return queue
  }
  return {
    async describe(arn) {
      const queue = await queues.find(arn)
      return queue && { fifo: queue.settings.isFifo, visibilityTimeoutMs: queue.settings.visibilityMs }
    },
    async receive(arn, { messagesMax, waitMs, signal }) {
      const queue = await open(arn)
      const received = await queue.receive({ max: messagesMax, waitMs, signal: () => signal })
      return received.map((one) => queueMessage(arn, one))
    },
    async delete(arn, receiptHandles) {
      const queue = await open(arn)
      await queue.write(() => eachValid(receiptHandles, (handle) => queue.delete(handle)))
    },
    async release(arn, receiptHandles, delayMs) {
      const queue = await open(arn)
      await queue.write(() => eachValid(receiptHandles, (handle) => queue.changeVisibility(handle, delayMs / 1000)))
    },
  }
}

/** Whoever took too long holds handles that are no longer valid: the messages are somebody else's by now. */
function eachValid(handles: readonly string[], work: (handle: string) => void): void {
  for (const handle of handles) {
    try {
      work(handle)
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
    }
  }
}

function queueMessage(arn: string, received: ReceivedMessage): QueueMessage {
  const { message, receiptHandle, reception } = received
  const record = {
    messageId: message.messageId,
    receiptHandle,
    body: message.body,
    attributes: systemAttributes(received),
    messageAttributes: recordAttributes(message.attributes),
    ...(message.md5OfAttributes !== undefined && { md5OfMessageAttributes: message.md5OfAttributes }),
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: parseQueueArn(arn)?.region ?? '',
  }
  return {
    receiptHandle,
    messageId: message.messageId,
    groupId: message.groupId,
    sentMs: reception.sentMs,
    hops: message.hops ?? 0,
    record,
    recordBytes: Buffer.byteLength(JSON.stringify(record)),
  }
}

function recordAttributes(attributes: MessageAttributes | undefined): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes ?? {}).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        ...(StringValue === undefined ? { binaryValue: BinaryValue } : { stringValue: StringValue }),
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  )
}
