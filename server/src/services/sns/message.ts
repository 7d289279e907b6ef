// A message on its way to subscribers, in the form in which it is stored until every one of them has it.
import type { MessageAttributes } from './message-attributes.ts'

export type MessageType = 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation'

export interface Message {
  readonly id: string
  readonly type: MessageType
  readonly topicArn: string
  readonly timeMs: number
  /** The text; for protocols that are named in `byProtocol`, theirs instead. */
  readonly text: string
  readonly byProtocol?: Readonly<Record<string, string>>
  readonly subject?: string
  readonly attributes?: MessageAttributes
  readonly groupId?: string
  readonly deduplicationId?: string
  /** FIFO topics. */
  readonly sequence?: number
  /** Of confirmations. */
  readonly token?: string
  /** It comes from the archive. */
  readonly replayed?: boolean
}

/** SNS numbers the messages of a FIFO topic with 20 digits; they rise, with gaps on AWS. */
const SEQUENCE_BASE = 10_000_000_000_000_000_000n

export function sequenceText(sequence: number): string {
  return String(SEQUENCE_BASE + BigInt(sequence))
}

export function encodeMessage(message: Message): Uint8Array {
  return Buffer.from(JSON.stringify(message))
}

/** The inverse of encodeMessage. */
export function decodeMessage(bytes: Uint8Array): Message {
  // The one cast from stored bytes to the type: encodeMessage made them.
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Message
}

/** What subscribers of a protocol get. Platforms of applications (`APNS`) name their own texts too. */
export function textFor({ text, byProtocol }: Message, protocol: string): string {
  return byProtocol !== undefined && Object.hasOwn(byProtocol, protocol) ? (byProtocol[protocol] ?? text) : text
}
