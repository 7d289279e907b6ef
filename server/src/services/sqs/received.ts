// A received message as its receiver sees it, with the attributes that were asked for.
import { invalidParameter } from './errors.ts'
import { md5OfAttributes, selectAttributes } from './message-attributes.ts'
import type { MessageAttribute } from './message.ts'
import type { ReceivedMessage } from './queue.ts'

const SYSTEM_ATTRIBUTES = new Set([
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
])

/** Every system attribute that the message has. */
export function systemAttributes({ message, reception, sequenceNumber }: ReceivedMessage): Record<string, string> {
  const { senderId, groupId, deduplicationId, traceHeader, deadLetterSourceArn } = message
  return {
    SenderId: senderId,
    SentTimestamp: String(Math.trunc(reception.sentMs)),
    ApproximateReceiveCount: String(reception.receives),
    ApproximateFirstReceiveTimestamp: String(Math.trunc(reception.firstReceivedMs)),
    ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }),
    ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
    ...(groupId !== undefined && { MessageGroupId: groupId }),
    ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
    ...(deadLetterSourceArn !== undefined && { DeadLetterQueueSourceArn: deadLetterSourceArn }),
  }
}

export interface Wanted {
  readonly system: readonly string[]
  readonly attributes: readonly string[] | undefined
}

/** Throws InvalidAttributeName-like errors for system attributes that there are not. */
export function demandSystemNames(names: readonly string[]): void {
  for (const name of names)
    if (name !== 'All' && !SYSTEM_ATTRIBUTES.has(name)) throw invalidParameter(`Unknown Attribute ${name}.`)
}

interface AnsweredMessage {
  readonly MessageId: string
  readonly ReceiptHandle: string
  readonly MD5OfBody: string
  readonly Body: string
  readonly Attributes?: Record<string, string>
  readonly MD5OfMessageAttributes?: string
  readonly MessageAttributes?: Record<string, { DataType: string; StringValue?: string; BinaryValue?: Uint8Array }>
}

export function answerMessage(received: ReceivedMessage, wanted: Wanted): AnsweredMessage {
  const { message, receiptHandle } = received
  const system =
    wanted.system.length === 0
      ? []
      : Object.entries(systemAttributes(received)).filter(
          ([name]) => wanted.system.includes('All') || wanted.system.includes(name),
        )
  const attributes = selectAttributes(message.attributes, wanted.attributes)
  return {
    MessageId: message.messageId,
    ReceiptHandle: receiptHandle,
    MD5OfBody: message.md5OfBody,
    Body: message.body,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(attributes && {
      // Of what is answered: the receiver checks it.
      MD5OfMessageAttributes:
        attributes === message.attributes ? (message.md5OfAttributes ?? '') : md5OfAttributes(attributes),
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, attribute]) => [name, answerAttribute(attribute)]),
      ),
    }),
  }
}

function answerAttribute({ DataType, StringValue, BinaryValue }: MessageAttribute): {
  DataType: string
  StringValue?: string
  BinaryValue?: Uint8Array
} {
  if (StringValue !== undefined) return { DataType, StringValue }
  return { DataType, BinaryValue: Buffer.from(BinaryValue ?? '', 'base64') }
}
