// JSON bodies to values.
import { isUtf8 } from 'node:buffer'
import { KEYS_COUNTED_FROM_BYTES, KEYS_MAX } from '../limits.ts'
import type { SimpleShape } from '../schema.ts'
import { InputFault } from './fault.ts'
import { parseBase64, parseBigint } from './scalar-text.ts'
import { dateOfSeconds, parseTimestamp } from './timestamp.ts'
import { type TreeReader, TreeReaders, wrongType } from './tree-read.ts'

/** Readers for JSON. `jsonName` is honoured where a model keeps it: the generator drops it for awsJson. */
export function jsonReaders(strictUnions: boolean): TreeReaders {
  return new TreeReaders({ keyOf: (member) => member.traits.jsonName ?? member.name, scalar, strictUnions })
}

/** Parses a body; empty is an empty object. Throws InputFault. */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {}
  if (!isUtf8(body)) throw new InputFault('syntax', 'The body is not UTF-8')
  if (body.length >= KEYS_COUNTED_FROM_BYTES && countKeys(body) > KEYS_MAX)
    throw new InputFault('limit', `The body has more than ${KEYS_MAX} keys`)
  try {
    return JSON.parse(body.toString()) as unknown
  } catch (cause) {
    throw new InputFault('syntax', cause instanceof Error ? cause.message : 'not JSON', { cause })
  }
}

/** Colons outside of strings. */
function countKeys(body: Buffer): number {
  let count = 0
  let inString = false
  for (let index = 0; index < body.length; index++) {
    const byte = body[index]
    if (byte === 0x22) inString = !inString
    else if (inString) {
      if (byte === 0x5c) index++
    } else if (byte === 0x3a) count++
  }
  return count
}

function scalar(shape: SimpleShape): TreeReader {
  switch (shape.kind) {
    case 'string':
      return (value) => {
        if (typeof value !== 'string') throw wrongType(value, 'String')
        return value
      }
    case 'number':
      return readNumber
    case 'boolean':
      return (value) => {
        if (typeof value !== 'boolean') throw wrongType(value, 'Boolean')
        return value
      }
    case 'bigint':
      return (value) => {
        if (typeof value !== 'number' && typeof value !== 'string') throw wrongType(value, 'BigInteger')
        return parseBigint(
          typeof value === 'number' && Number.isInteger(value) ? BigInt(value).toString() : String(value),
        )
      }
    case 'blob':
      return (value) => {
        if (typeof value !== 'string') throw wrongType(value, 'Blob')
        return parseBase64(value)
      }
    case 'timestamp':
      return (value) => {
        if (typeof value === 'number') return dateOfSeconds(value)
        if (typeof value === 'string') return parseTimestamp(value)
        throw wrongType(value, 'Timestamp')
      }
    case 'document':
      return (value) => value
  }
}

function readNumber(value: unknown): number {
  if (typeof value === 'number') return value
  if (value === 'NaN') return Number.NaN
  if (value === 'Infinity') return Number.POSITIVE_INFINITY
  if (value === '-Infinity') return Number.NEGATIVE_INFINITY
  throw wrongType(value, 'Number')
}
