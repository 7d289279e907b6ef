// The attributes of a message: names, types and values as a client gives them, and as filters and documents read them.
// Source: SNS developer guide, "Message attributes".
import type { MessageAttribute } from '#events/envelope.ts'
import { invalidParameterValue, validationError } from './errors.ts'
import { ATTRIBUTE_NAME_CHARS_MAX } from './limits.ts'

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>

/** As the decoder gives it. */
export interface GivenAttribute {
  readonly DataType: string | undefined
  readonly StringValue?: string | undefined
  readonly BinaryValue?: Buffer | undefined
}

const TYPE = /^(?:String|Number|Binary)(?:\.[A-Za-z0-9_.-]+)?$/
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** Throws ParameterValueInvalid in AWS's words. `entry`: the place in a batch, from 1. */
export function readAttributes(
  given: Readonly<Record<string, GivenAttribute>>,
  entry?: number,
): Record<string, MessageAttribute> {
  const attributes: Record<string, MessageAttribute> = {}
  for (const [name, attribute] of Object.entries(given)) {
    checkName(name)
    attributes[name] = readAttribute(name, attribute, entry)
  }
  return attributes
}

function checkName(name: string): void {
  if (name.length > ATTRIBUTE_NAME_CHARS_MAX)
    throw invalidParameterValue('Length of message attribute name must be less than 256 bytes.')
  if (name.startsWith('.'))
    throw invalidParameterValue("Invalid message attribute name starting with character '.' was found.")
  if (name.endsWith('.'))
    throw invalidParameterValue("Invalid message attribute name ending with character '.' was found.")
  const [odd] = /[^A-Za-z0-9_.-]/u.exec(name) ?? []
  if (odd !== undefined)
    throw invalidParameterValue(
      `Invalid non-alphanumeric character '#x${odd.codePointAt(0)?.toString(16).toUpperCase()}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`,
    )
  if (name.includes('..')) throw invalidParameterValue("Message attribute name can not have successive '.' character.")
}

function readAttribute(name: string, given: GivenAttribute, entry: number | undefined): MessageAttribute {
  const { DataType: type, StringValue: text, BinaryValue: bytes } = given
  if (type === undefined) throw missingType(name, entry)
  if (!TYPE.test(type))
    throw invalidParameterValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    )
  const empty = invalidParameterValue(
    `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
  )
  if (text === undefined && bytes === undefined) throw empty
  const field = type.startsWith('Binary') ? 'Binary' : 'String'
  const value = field === 'Binary' ? bytes : text
  if (value === undefined)
    throw invalidParameterValue(`The message attribute '${name}' with type '${type}' must use field '${field}'.`)
  if (value.length === 0) throw empty
  if (typeof value !== 'string') return { type, base64: value.toString('base64') }
  if (type.startsWith('Number') && !NUMBER.test(value))
    throw invalidParameterValue(`Could not cast message attribute '${name}' value to number.`)
  return { type, text: value }
}

function missingType(name: string, entry: number | undefined): Error {
  const place = entry === undefined ? '' : `publishBatchRequestEntries.${entry}.member.`
  return validationError(
    `1 validation error detected: Value null at '${place}messageAttributes.${name}.member.dataType' failed to satisfy constraint: Member must not be null`,
  )
}

/** Names, types and values count. */
export function attributesBytes(given: Readonly<Record<string, GivenAttribute>>): number {
  return Object.entries(given).reduce(
    (sum, [name, { DataType = '', StringValue = '', BinaryValue }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      Buffer.byteLength(StringValue) +
      (BinaryValue?.length ?? 0),
    0,
  )
}

/** What a filter policy on attributes is matched with. Binary attributes and broken arrays are not there for it. */
export function filterable(attributes: MessageAttributes): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const [name, attribute] of Object.entries(attributes)) {
    if (!('text' in attribute)) continue
    if (attribute.type === 'String.Array') {
      const list = parseArray(attribute.text)
      if (list !== undefined) values[name] = list
    } else values[name] = attribute.type.startsWith('Number') ? Number(attribute.text) : attribute.text
  }
  return values
}

function parseArray(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The MessageAttributes member of the documents that subscribers get. */
export function shownMessageAttributes(
  attributes: MessageAttributes,
): Readonly<Record<string, { readonly Type: string; readonly Value: string }>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [
      name,
      { Type: attribute.type, Value: 'text' in attribute ? attribute.text : attribute.base64 },
    ]),
  )
}
