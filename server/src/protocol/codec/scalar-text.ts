// Simple values as text: what XML, forms, headers, labels and query strings share.
import { InvariantError } from '#base/errors.ts'
import type { SimpleShape } from '../schema.ts'
import { InputFault } from './fault.ts'
import { formatTimestamp, parseTimestamp, type TimestampStyle } from './timestamp.ts'

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** Reads a value of `shape` from text; throws InputFault. */
export function scalarReader(shape: SimpleShape): (text: string) => unknown {
  switch (shape.kind) {
    case 'string':
    case 'document':
      return (text) => text
    case 'number':
      return parseNumber
    case 'boolean':
      return parseBoolean
    case 'bigint':
      return parseBigint
    case 'blob':
      return parseBase64
    case 'timestamp':
      return parseTimestamp
  }
}

/** A number as AWS writes it, `NaN` and the infinities included. */
export function parseNumber(given: string): number {
  const text = given.trim()
  if (text === 'NaN') return Number.NaN
  if (text === 'Infinity') return Number.POSITIVE_INFINITY
  if (text === '-Infinity') return Number.NEGATIVE_INFINITY
  if (!NUMBER.test(text)) throw new InputFault('type', `${text.slice(0, 64)} is not a number`)
  return Number(text)
}

export function parseBoolean(given: string): boolean {
  const text = given.trim().toLowerCase()
  if (text === 'true') return true
  if (text === 'false') return false
  throw new InputFault('type', `${text.slice(0, 64)} is not a boolean`)
}

export function parseBigint(given: string): bigint {
  const text = given.trim()
  if (!/^[+-]?\d{1,1000}$/.test(text)) throw new InputFault('type', `${text.slice(0, 64)} is not an integer`)
  return BigInt(text.replace('+', ''))
}

/** Bytes from base64, with or without padding. */
export function parseBase64(given: string): Buffer {
  const text = /\s/.test(given) ? given.replace(/\s+/g, '') : given
  let digits = text.length
  while (digits > 0 && digits > text.length - 2 && text.charCodeAt(digits - 1) === 61) digits--
  const bytes = Buffer.from(text, 'base64')
  // Buffer skips what is not base64: then bytes are missing.
  if (digits % 4 === 1 || bytes.length !== Math.floor((digits * 3) / 4)) throw new InputFault('type', 'invalid base64')
  return bytes
}

/** Writes a value of `shape` as text. */
export function scalarWriter(shape: SimpleShape, style: TimestampStyle): (value: unknown) => string {
  switch (shape.kind) {
    case 'string':
    case 'document':
      return (value) => (typeof value === 'string' ? value : wrong(value, 'string'))
    case 'number':
      return (value) =>
        typeof value === 'number' || typeof value === 'bigint' ? String(value) : wrong(value, 'number')
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? String(value) : wrong(value, 'boolean'))
    case 'bigint':
      return (value) =>
        typeof value === 'bigint' || typeof value === 'number' ? String(value) : wrong(value, 'bigint')
    case 'blob':
      return (value) => base64Of(value)
    case 'timestamp': {
      const format = shape.format === 'default' ? style.format : shape.format
      return (value) => formatTimestamp(value, format, style)
    }
  }
}

/** Base64 of bytes; text stands for its UTF-8 bytes. */
export function base64Of(value: unknown): string {
  return bytesOf(value).toString('base64')
}

/** Bytes of a blob that a handler answered; text stands for its UTF-8 bytes. */
export function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (typeof value === 'string') return Buffer.from(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return wrong(value, 'blob')
}

/** A handler answered something that its model does not allow: a bug. */
export function wrong(value: unknown, expected: string): never {
  throw new InvariantError(
    `a handler answered ${value === null ? 'null' : typeof value} where the model has ${expected}`,
  )
}
