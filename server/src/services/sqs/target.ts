// How events reach queues: each becomes one message. It is in the queue, on disk, when the delivery is told to be done; a
// delivery that is repeated after a crash may bring it twice to a standard queue, and once to a FIFO queue.
import type { Envelope, MessageDetails } from '#events/envelope.ts'
import type { DeliveryOutcome, EventOrigin, Target } from '#events/target.ts'
import { AwsError } from '#protocol/errors.ts'
import { parseQueueArn } from './arn.ts'
import type { SqsDeps } from './deps.ts'
import type { SentAttribute } from './message-attributes.ts'
import { readMessage, type SendInput } from './new-message.ts'
import type { QueueSettings } from './queue-record.ts'

/** Waits before an attempt is repeated; an hour of trying, as SNS does for queues on its quick phases. */
const RETRY_DELAYS_MS = [100, 1000, 5000, 20_000, 60_000, 120_000, 240_000, 480_000, 960_000, 1_800_000]
const AGE_MAX_MS = 6 * 60 * 60 * 1000

/** Services of AWS that cannot send to FIFO queues by themselves. */
const NOT_TO_FIFO = new Set(['s3.amazonaws.com'])

export function createSqsTarget({ queues }: SqsDeps): Target {
  return {
    name: 'sqs',
    retryPolicy: () => Promise.resolve({ delaysMs: RETRY_DELAYS_MS, ageMaxMs: AGE_MAX_MS }),
    async refusal(arn, origin) {
      if (parseQueueArn(arn) === undefined) return `${arn} is not the ARN of a queue`
      const queue = await queues.find(arn)
      if (queue === undefined) return `there is no queue ${arn}`
      return kindRefusal(origin, queue.settings)
    },
    async deliver(envelope, destination, payload): Promise<DeliveryOutcome> {
      const queue = await queues.find(destination.arn)
      if (queue === undefined) return { kind: 'rejected', reason: `Queue not found: ${destination.arn}` }
      try {
        const input = inputOf(envelope, destination.message, payload, queue.settings)
        const message = readMessage(input, queue.settings, { id: envelope.account, hops: envelope.hops + 1 })
        await queue.write(() => queue.add(message))
        return { kind: 'delivered' }
      } catch (error) {
        // What is wrong with the message stays wrong; anything else is the caller's to repeat.
        if (error instanceof AwsError && error.status < 500) return { kind: 'rejected', reason: error.message }
        throw error
      }
    },
  }
}

function kindRefusal({ principal }: EventOrigin, { isFifo }: QueueSettings): string | undefined {
  return isFifo && NOT_TO_FIFO.has(principal) ? `${principal} cannot send to FIFO queues` : undefined
}

function inputOf(
  envelope: Envelope,
  details: MessageDetails | undefined,
  payload: Uint8Array,
  { isFifo, deduplicatesByContent }: QueueSettings,
): SendInput {
  const { groupId, deduplicationId, attributes = {} } = details ?? {}
  // Without a wish of the sender the event's own id keeps a repeated delivery from being a second message.
  const ownId = deduplicatesByContent ? undefined : envelope.id
  return {
    MessageBody: Buffer.from(payload).toString(),
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, { type, ...value }]): [string, SentAttribute] => [
        name,
        'text' in value
          ? { DataType: type, StringValue: value.text }
          : { DataType: type, BinaryValue: Buffer.from(value.base64, 'base64') },
      ]),
    ),
    MessageGroupId: isFifo ? (groupId ?? envelope.source) : groupId,
    MessageDeduplicationId: isFifo ? (deduplicationId ?? ownId) : undefined,
  }
}
