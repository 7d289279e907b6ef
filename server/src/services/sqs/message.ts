// A message as it is kept: what never changes after it was sent. What does change is in the queue's segments.
//
// Stored format 1: byte 1, u32 length of the header (little-endian), header (JSON), the values of the attributes one after
// the other, the body in UTF-8 to the end. Values do not stand in the header, where quotes would need twice their space: a
// message of the greatest length must fit into a row of the Store.
import { InvariantError } from '#base/errors.ts'

export interface MessageAttribute {
  readonly DataType: string
  readonly StringValue?: string
  /** Base64. */
  readonly BinaryValue?: string
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>

export interface MessageHeader {
  readonly messageId: string
  readonly senderId: string
  readonly md5OfBody: string
  readonly attributes?: MessageAttributes
  readonly md5OfAttributes?: string
  readonly traceHeader?: string
  readonly groupId?: string
  readonly deduplicationId?: string
  /** How far along a chain of events it was sent; absent at the beginning of one. */
  readonly hops?: number
  /** The queue from which it came to this dead-letter queue. */
  readonly deadLetterSourceArn?: string
}

export interface StoredMessage extends MessageHeader {
  readonly body: string
}

const FORMAT = 1
const PREAMBLE_BYTES = 5

/** How the header tells of an attribute: its value's bytes are elsewhere. */
interface StoredAttribute {
  readonly type: string
  readonly isText: boolean
  readonly bytes: number
}

type StoredHeader = Omit<MessageHeader, 'attributes'> & {
  readonly attributes?: Readonly<Record<string, StoredAttribute>>
}

export function encodeMessage({ attributes, ...header }: MessageHeader, body: string): Buffer {
  const values: Buffer[] = []
  const stored = attributes && mapValues(attributes, (attribute) => storedAttribute(attribute, values))
  const text = JSON.stringify(stored === undefined ? header : { ...header, attributes: stored })
  const preamble = Buffer.allocUnsafe(PREAMBLE_BYTES)
  preamble[0] = FORMAT
  preamble.writeUInt32LE(Buffer.byteLength(text), 1)
  return Buffer.concat([preamble, Buffer.from(text), ...values, Buffer.from(body)])
}

function storedAttribute({ DataType, StringValue, BinaryValue }: MessageAttribute, values: Buffer[]): StoredAttribute {
  const isText = StringValue !== undefined
  const value = isText ? Buffer.from(StringValue) : Buffer.from(BinaryValue ?? '', 'base64')
  values.push(value)
  return { type: DataType, isText, bytes: value.length }
}

export function decodeMessage(stored: Uint8Array): StoredMessage {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  if (bytes[0] !== FORMAT) throw new InvariantError(`a message has format ${bytes[0]}, this Mayfly reads ${FORMAT}`)
  let at = PREAMBLE_BYTES + bytes.readUInt32LE(1)
  // The one cast from stored bytes to a type: the format byte says what was encoded.
  const { attributes: told, ...header } = JSON.parse(bytes.toString('utf8', PREAMBLE_BYTES, at)) as StoredHeader
  // In the order in which the header names them.
  const attributes =
    told &&
    mapValues(told, ({ type, isText, bytes: length }): MessageAttribute => {
      const value = bytes.subarray(at, at + length)
      at += length
      return isText
        ? { DataType: type, StringValue: value.toString() }
        : { DataType: type, BinaryValue: value.toString('base64') }
    })
  return { ...header, ...(attributes && { attributes }), body: bytes.toString('utf8', at) }
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  // Not by assignment: an attribute may be called __proto__.
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}
