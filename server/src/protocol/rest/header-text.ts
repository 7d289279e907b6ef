// Header values. They arrive as latin1; clients that put UTF-8 into them are understood. Lists are comma-separated with
// quoted elements; http-dates hold a comma of their own.
import { isUtf8 } from 'node:buffer'
import { InputFault } from '../codec/fault.ts'
import { scalarReader, scalarWriter, wrong } from '../codec/scalar-text.ts'
import type { TimestampStyle } from '../codec/timestamp.ts'
import type { Member, SimpleShape } from '../schema.ts'

const BEYOND_ASCII = /[\u0080-\u00ff]/
const BEYOND_LATIN1 = /[^\u0000-\u00ff]/ // oxlint-disable-line no-control-regex -- the range starts at zero
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/g // oxlint-disable-line no-control-regex -- these are what is looked for

const TIMES: TimestampStyle = { format: 'http-date', wholeSeconds: true, httpDateFractions: false }

/** A received value as text: UTF-8 where the bytes are UTF-8, latin1 otherwise. */
export function decodeHeader(value: string): string {
  if (!BEYOND_ASCII.test(value)) return value
  const bytes = Buffer.from(value, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : value
}

/** Text as a value that can be sent: UTF-8 bytes as latin1 characters; control characters become spaces. */
export function encodeHeader(text: string): string {
  const plain = text.replace(CONTROL, ' ')
  return BEYOND_LATIN1.test(plain) || BEYOND_ASCII.test(plain) ? Buffer.from(plain).toString('latin1') : plain
}

/** Reads a member from its header. */
export function headerReader(member: Member): (value: string) => unknown {
  const { shape, traits } = member
  if (shape.kind === 'list') {
    const element = shape.element.shape
    const read = scalarReader(simple(element))
    const isHttpDate = element.kind === 'timestamp' && (element.format === 'default' || element.format === 'http-date')
    return (value) => (isHttpDate ? splitDates(value) : splitList(value)).map((item) => read(item))
  }
  if (traits.mediaType !== undefined && shape.kind === 'string')
    return (value) => Buffer.from(value, 'base64').toString('utf8')
  const read = scalarReader(simple(shape))
  return (value) => read(decodeHeader(value))
}

/** Writes a member as its header's value. */
export function headerWriter(member: Member): (value: unknown) => string {
  const { shape, traits } = member
  if (shape.kind === 'list') {
    const write = scalarWriter(simple(shape.element.shape), TIMES)
    const quote = shape.element.shape.kind === 'string'
    return (value) => {
      if (!Array.isArray(value)) return wrong(value, 'list')
      const items = (value as readonly unknown[]).filter((item) => item !== undefined && item !== null)
      return encodeHeader(items.map((item) => (quote ? quoted(write(item)) : write(item))).join(', '))
    }
  }
  const write = scalarWriter(simple(shape), TIMES)
  if (traits.mediaType !== undefined && shape.kind === 'string')
    return (value) => Buffer.from(write(value)).toString('base64')
  return (value) => encodeHeader(write(value))
}

function simple(shape: Member['shape']): SimpleShape {
  if (shape.kind === 'list' || shape.kind === 'map' || shape.kind === 'structure')
    return wrong(shape.kind, 'a simple type in a header')
  return shape
}

function quoted(text: string): string {
  return /[",]|^\s|\s$/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text
}

function splitDates(value: string): readonly string[] {
  const parts = value.split(',').map((part) => part.trim())
  if (parts.length === 1 || !/^[A-Za-z]{3}$/.test(parts[0] ?? '')) return parts
  const dates: string[] = []
  for (let index = 0; index < parts.length; index += 2) dates.push(`${parts[index]}, ${parts[index + 1] ?? ''}`)
  return dates
}

/** Elements between commas; a quoted element may hold commas, and `\` before any character. Linear in the length. */
function splitList(value: string): readonly string[] {
  const text = decodeHeader(value)
  const items: string[] = []
  let at = 0
  while (at <= text.length) {
    while (text[at] === ' ' || text[at] === '\t') at++
    if (text[at] === '"') {
      const [item, end] = quotedItem(text, at + 1)
      items.push(item)
      const comma = text.indexOf(',', end)
      if (text.slice(end, comma < 0 ? text.length : comma).trim() !== '') throw notAList()
      at = comma < 0 ? text.length + 1 : comma + 1
    } else {
      const comma = text.indexOf(',', at)
      const item = text.slice(at, comma < 0 ? text.length : comma).trim()
      if (item.includes('"')) throw notAList()
      items.push(item)
      at = comma < 0 ? text.length + 1 : comma + 1
    }
  }
  return items
}

/** The text up to the closing quote, and where that ends. */
function quotedItem(text: string, start: number): readonly [item: string, end: number] {
  let item = ''
  for (let at = start; at < text.length; at++) {
    if (text[at] === '"') return [item, at + 1]
    if (text[at] === '\\') at++
    item += text[at] ?? ''
  }
  throw notAList()
}

function notAList(): InputFault {
  return new InputFault('syntax', 'a header list is not well-formed')
}
