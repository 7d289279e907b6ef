// Message attributes: what may be sent, how long they count, which of them a receiver asked for, and their MD5 as SQS
// computes it (developer guide, "Calculating the MD5 message digest for message attributes").
import { createHash } from 'node:crypto'
import { invalidParameter } from './errors.ts'
import { ATTRIBUTE_NAME_CHARS_MAX, ATTRIBUTE_TYPE_CHARS_MAX, MESSAGE_ATTRIBUTES_MAX } from './limits.ts'
import { hasOnlyValidCharacters } from './message-text.ts'
import type { MessageAttribute, MessageAttributes } from './message.ts'

/** As it comes from the wire. */
export interface SentAttribute {
  readonly DataType: string | undefined
  readonly StringValue?: string | undefined
  readonly BinaryValue?: Uint8Array | undefined
  readonly StringListValues?: readonly string[] | undefined
  readonly BinaryListValues?: readonly Uint8Array[] | undefined
}

type Sent = Readonly<Partial<Record<string, SentAttribute>>>

const NAME = /^[A-Za-z0-9_.-]+$/
const RESERVED = /^(aws|amazon)\./i
const TYPE = /^(String|Number|Binary)(\..*)?$/s
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** The attributes to keep; undefined without any. Throws InvalidParameterValue. */
export function readAttributes(sent: Sent | undefined): MessageAttributes | undefined {
  const entries = Object.entries(sent ?? {})
  if (entries.length === 0) return undefined
  if (entries.length > MESSAGE_ATTRIBUTES_MAX)
    throw invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MESSAGE_ATTRIBUTES_MAX}].`,
    )
  for (const [name] of entries) demandName(name)
  // Not by assignment: an attribute may be called __proto__.
  return Object.fromEntries(entries.map(([name, attribute]) => [name, readAttribute(name, attribute)]))
}

function demandName(name: string): void {
  if (name.length > ATTRIBUTE_NAME_CHARS_MAX)
    throw invalidParameter(`Length of message attribute name must be less than ${ATTRIBUTE_NAME_CHARS_MAX} bytes.`)
  if (!NAME.test(name))
    throw invalidParameter(
      `Invalid non-alphanumeric character was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    )
  if (name.startsWith('.') || name.endsWith('.') || name.includes('..'))
    throw invalidParameter(
      'You cannot have message attribute names that start or end with a dot, or that contain successive dots.',
    )
  if (RESERVED.test(name))
    throw invalidParameter(
      "You can't use message attribute names beginning with 'AWS.' or 'Amazon.' because these strings are reserved for internal use.",
    )
}

function readAttribute(name: string, attribute: SentAttribute | undefined): MessageAttribute {
  const type = attribute?.DataType ?? ''
  const shown = `The message attribute '${name}'`
  if (type === '') throw invalidParameter(`${shown} must contain a non-empty attribute type.`)
  const [, kind] = TYPE.exec(type) ?? []
  if (kind === undefined)
    throw invalidParameter(
      `${shown} has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    )
  if (type.length > ATTRIBUTE_TYPE_CHARS_MAX)
    throw invalidParameter(`Length of message attribute type must be less than ${ATTRIBUTE_TYPE_CHARS_MAX} bytes.`)
  if (attribute?.StringListValues?.length || attribute?.BinaryListValues?.length)
    throw invalidParameter('Message attribute list values in SendMessage operation are not supported.')
  return kind === 'Binary' ? readBinary(type, shown, attribute) : readText(type, name, attribute)
}

function readBinary(type: string, shown: string, attribute: SentAttribute | undefined): MessageAttribute {
  const value = attribute?.BinaryValue
  if (value === undefined || value.length === 0)
    throw invalidParameter(
      `${shown} must contain a non-empty message attribute value for message attribute type 'Binary'.`,
    )
  return { DataType: type, BinaryValue: Buffer.from(value).toString('base64') }
}

function readText(type: string, name: string, attribute: SentAttribute | undefined): MessageAttribute {
  const value = attribute?.StringValue ?? ''
  const kind = type.startsWith('Number') ? 'Number' : 'String'
  if (value === '')
    throw invalidParameter(
      `The message attribute '${name}' must contain a non-empty message attribute value for message attribute type '${kind}'.`,
    )
  if (kind === 'Number' && !NUMBER.test(value))
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`)
  if (!hasOnlyValidCharacters(value))
    throw invalidParameter(
      'Invalid characters found. Valid unicode characters are ' +
        '#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    )
  return { DataType: type, StringValue: value }
}

/** Names, types and values count as part of the message. */
export function attributesBytes(attributes: MessageAttributes | undefined): number {
  let bytes = 0
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes ?? {})) {
    bytes += name.length + Buffer.byteLength(DataType)
    bytes += StringValue === undefined ? Buffer.byteLength(BinaryValue ?? '', 'base64') : Buffer.byteLength(StringValue)
  }
  return bytes
}

/** As attributesBytes, of attributes that were not looked at yet. */
export function sentAttributesBytes(sent: Sent | undefined): number {
  let bytes = 0
  for (const [name, attribute] of Object.entries(sent ?? {}))
    bytes +=
      name.length +
      Buffer.byteLength(attribute?.DataType ?? '') +
      Buffer.byteLength(attribute?.StringValue ?? '') +
      (attribute?.BinaryValue?.length ?? 0)
  return bytes
}

const TRANSPORT_STRING = 1
const TRANSPORT_BINARY = 2

/** MD5 over all attributes in the order of their names. */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const digest = createHash('md5')
  const length = Buffer.alloc(4)
  const add = (bytes: Buffer): void => {
    length.writeUInt32BE(bytes.length)
    digest.update(length).update(bytes)
  }
  for (const [name, attribute] of Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    add(Buffer.from(name))
    add(Buffer.from(attribute.DataType))
    const isText = attribute.StringValue !== undefined
    digest.update(Buffer.of(isText ? TRANSPORT_STRING : TRANSPORT_BINARY))
    add(isText ? Buffer.from(attribute.StringValue) : Buffer.from(attribute.BinaryValue ?? '', 'base64'))
  }
  return digest.digest('hex')
}

/**
 * The attributes that a receiver asked for by name, prefix (`name.*`), or `All` and `.*`; undefined when none of them is
 * there.
 */
export function selectAttributes(
  attributes: MessageAttributes | undefined,
  wanted: readonly string[] | undefined,
): MessageAttributes | undefined {
  if (attributes === undefined || wanted === undefined || wanted.length === 0) return undefined
  if (wanted.includes('All') || wanted.includes('.*')) return attributes
  const prefixes = wanted.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -1))
  const selected = Object.entries(attributes).filter(
    ([name]) => wanted.includes(name) || prefixes.some((prefix) => name.startsWith(prefix)),
  )
  return selected.length === 0 ? undefined : Object.fromEntries(selected)
}
