// A message as it is kept: what never changes after it was sent. What does change is in the queue's segments.
//
// Stored format 1: byte 1, u32 length of the header (little-endian), header (JSON), the body in UTF-8 to the end.
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
  /** The queue from which it came to this dead-letter queue. */
  readonly deadLetterSourceArn?: string
}

export interface StoredMessage extends MessageHeader {
  readonly body: string
}

const FORMAT = 1
const PREAMBLE_BYTES = 5

export function encodeMessage(header: MessageHeader, body: string): Buffer {
  const text = JSON.stringify(header)
  const headerBytes = Buffer.byteLength(text)
  const bytes = Buffer.allocUnsafe(PREAMBLE_BYTES + headerBytes + Buffer.byteLength(body))
  bytes[0] = FORMAT
  bytes.writeUInt32LE(headerBytes, 1)
  bytes.write(text, PREAMBLE_BYTES)
  bytes.write(body, PREAMBLE_BYTES + headerBytes)
  return bytes
}

export function decodeMessage(stored: Uint8Array): StoredMessage {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
  if (bytes[0] !== FORMAT) throw new InvariantError(`a message has format ${bytes[0]}, this Mayfly reads ${FORMAT}`)
  const bodyAt = PREAMBLE_BYTES + bytes.readUInt32LE(1)
  // The one cast from stored bytes to a type: the format byte says what was encoded.
  const header = JSON.parse(bytes.toString('utf8', PREAMBLE_BYTES, bodyAt)) as MessageHeader
  return { ...header, body: bytes.toString('utf8', bodyAt) }
}
