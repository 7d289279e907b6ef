// From what a client sends to a message that can be added: everything that can be wrong with one is found here.
import { createHash } from 'node:crypto'
import { newRequestId } from '#base/ids.ts'
import type { Principal } from '#base/principal.ts'
import { contentId } from './deduplication.ts'
import { invalidMessageContents, invalidParameter, invalidValue, messageTooLong, missingParameter } from './errors.ts'
import { DEDUPLICATION_ID_CHARS_MAX, DELAY_SECONDS_MAX, GROUP_ID_CHARS_MAX, TRACE_HEADER_CHARS_MAX } from './limits.ts'
import { attributesBytes, md5OfAttributes, readAttributes, type SentAttribute } from './message-attributes.ts'
import { hasOnlyValidCharacters } from './message-text.ts'
import type { NewMessage } from './queue.ts'
import type { QueueSettings } from './queue-record.ts'

/** The members that SendMessage and the entries of SendMessageBatch share. */
export interface SendInput {
  readonly MessageBody: string
  readonly DelaySeconds?: number | undefined
  readonly MessageAttributes?: Readonly<Partial<Record<string, SentAttribute>>> | undefined
  readonly MessageSystemAttributes?: Readonly<Partial<Record<string, SentAttribute>>> | undefined
  readonly MessageDeduplicationId?: string | undefined
  readonly MessageGroupId?: string | undefined
}

/** Who sends, and how far along a chain of events. */
export interface Sender {
  readonly id: string
  readonly hops: number
}

/** A message that passed, with the digests that its sender is told. */
export interface ReadyMessage extends NewMessage {
  readonly bytes: number
  readonly md5OfSystemAttributes: string | undefined
}

const ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]*$/
const UNFIT = 'The request include parameter that is not valid for this queue type'

/** Throws InvalidParameterValue, MissingParameter or InvalidMessageContents. */
export function readMessage(input: SendInput, settings: QueueSettings, sender: Sender): ReadyMessage {
  const { MessageBody: body, DelaySeconds: delaySeconds } = input
  if (body === '') throw missingParameter('MessageBody')
  if (!hasOnlyValidCharacters(body)) throw invalidMessageContents()
  const attributes = readAttributes(input.MessageAttributes)
  const bytes = Buffer.byteLength(body) + attributesBytes(attributes)
  if (bytes > settings.messageBytesMax) throw messageTooLong(settings.messageBytesMax)
  demandDelay(delaySeconds, settings)
  const trace = readTraceHeader(input.MessageSystemAttributes)
  return {
    header: {
      messageId: newRequestId(),
      senderId: sender.id,
      ...(sender.hops > 0 && { hops: sender.hops }),
      md5OfBody: createHash('md5').update(body).digest('hex'),
      ...(attributes && { attributes, md5OfAttributes: md5OfAttributes(attributes) }),
      ...(trace !== undefined && { traceHeader: trace.StringValue }),
      ...readGroup(input, settings, body),
    },
    body,
    delayMs: delaySeconds === undefined || settings.isFifo ? undefined : delaySeconds * 1000,
    bytes,
    md5OfSystemAttributes: trace && md5OfAttributes({ AWSTraceHeader: trace }),
  }
}

function demandDelay(delaySeconds: number | undefined, { isFifo }: QueueSettings): void {
  if (delaySeconds === undefined) return
  // SDKs that fill in a default send 0 to FIFO queues too.
  if (isFifo && delaySeconds !== 0) throw invalidValue(delaySeconds, 'DelaySeconds', `${UNFIT}.`)
  if (delaySeconds < 0 || delaySeconds > DELAY_SECONDS_MAX)
    throw invalidValue(delaySeconds, 'DelaySeconds', `DelaySeconds must be >= 0 and <= ${DELAY_SECONDS_MAX}.`)
}

function readGroup(
  { MessageGroupId: groupId, MessageDeduplicationId: deduplicationId }: SendInput,
  settings: QueueSettings,
  body: string,
): { readonly groupId?: string; readonly deduplicationId?: string } {
  demandId('MessageGroupId', groupId, GROUP_ID_CHARS_MAX)
  demandId('MessageDeduplicationId', deduplicationId, DEDUPLICATION_ID_CHARS_MAX)
  if (!settings.isFifo) {
    if (deduplicationId !== undefined) throw invalidValue(deduplicationId, 'MessageDeduplicationId', UNFIT)
    return groupId === undefined ? {} : { groupId }
  }
  if (groupId === undefined) throw missingParameter('MessageGroupId')
  if (deduplicationId !== undefined) return { groupId, deduplicationId }
  if (!settings.deduplicatesByContent)
    throw invalidParameter(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
  return { groupId, deduplicationId: contentId(body) }
}

function demandId(name: string, id: string | undefined, charsMax: number): void {
  if (id === undefined || (id.length >= 1 && id.length <= charsMax && ID.test(id))) return
  const reason = `${name} can only include alphanumeric and punctuation characters. 1 to ${charsMax} in length.`
  throw invalidValue(id, name, reason)
}

function readTraceHeader(
  sent: SendInput['MessageSystemAttributes'],
): { readonly DataType: string; readonly StringValue: string } | undefined {
  for (const name of Object.keys(sent ?? {}))
    if (name !== 'AWSTraceHeader') throw invalidParameter(`Message system attribute name '${name}' is invalid.`)
  const header = sent?.['AWSTraceHeader']
  if (header === undefined) return undefined
  const { DataType: type, StringValue: value } = header
  if (type !== 'String')
    throw invalidParameter(`The message system attribute 'AWSTraceHeader' must be of type 'String'.`)
  if (value === undefined || value === '')
    throw invalidParameter(
      `The message system attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.`,
    )
  if (value.length > TRACE_HEADER_CHARS_MAX)
    throw invalidParameter(`AWSTraceHeader must be shorter than ${TRACE_HEADER_CHARS_MAX} characters.`)
  if (!hasOnlyValidCharacters(value)) throw invalidMessageContents()
  return { DataType: type, StringValue: value }
}

/** What a receiver sees as SenderId: the account of a root user, the access key and session name of a session. */
export function senderIdOf(principal: Principal, account: string): string {
  switch (principal.kind) {
    case 'root':
      return principal.account
    case 'session':
      return `${principal.accessKeyId}:${principal.sessionName}`
    default:
      return account
  }
}
