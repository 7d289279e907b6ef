// The one place where key attributes become parts of Store keys. Order of the parts is order of the values: S by UTF-8
// bytes, N by value, B by bytes. A key attribute has one type in its table, so values of different types never meet.
//
// S and B are parts as they are; the Store orders strings by their UTF-8 bytes. Numbers have more digits than the Store's own
// numbers, so they are bytes:
//
//   zero       80
//   positive   c0, exponent + 129, digits in pairs from the point (1..100: the pair + 1)
//   negative   40, 255 - (exponent + 129), pairs complemented (100 - pair), 101 at the end
//
// exponent: of 0.DIGITS * 10^exponent. A shorter fraction is smaller than a longer one that it begins, and a part that
// begins another stands before it; for negative numbers it is the reverse, which is what their end byte does. This is
// stored format: to change it is to migrate.
import { hash } from 'node:crypto'
import type { KeyPart } from '#storage/store.ts'
import type { AttributeValue, KeyType } from './attribute-value.ts'
import { decimalText, parseDecimal, type Decimal } from './decimal.ts'
import { NUMBER_EXPONENT_MIN } from './limits.ts'

const NEGATIVE = 0x40
const ZERO = 0x80
const POSITIVE = 0xc0
const NEGATIVE_END = 101

/** A value that may be a key attribute. */
export type KeyValue = Extract<AttributeValue, { S: string } | { N: string } | { B: Uint8Array }>

export function isKeyValue(value: AttributeValue): value is KeyValue {
  return 'S' in value || 'N' in value || 'B' in value
}

/** The part of a Store key for the value of a key attribute: order of parts is order of values. */
export function keyPart(value: KeyValue): KeyPart {
  if ('S' in value) return value.S
  if ('B' in value) return value.B
  return numberPart(parseDecimal(value.N))
}

function numberPart({ digits, exponent, negative }: Decimal): Uint8Array {
  if (digits === '') return Uint8Array.of(ZERO)
  const pairs = Math.ceil(digits.length / 2)
  const part = new Uint8Array(2 + pairs + (negative ? 1 : 0))
  const place = exponent - NUMBER_EXPONENT_MIN
  part[0] = negative ? NEGATIVE : POSITIVE
  part[1] = negative ? 255 - place : place
  for (let index = 0; index < pairs; index++) {
    const pair = Number(digits.slice(index * 2, index * 2 + 2).padEnd(2, '0'))
    part[2 + index] = negative ? 100 - pair : pair + 1
  }
  if (negative) part[2 + pairs] = NEGATIVE_END
  return part
}

/** The inverse of keyPart, for a key attribute of that type. */
export function keyValue(part: KeyPart, type: KeyType): KeyValue {
  if (type === 'S' && typeof part === 'string') return { S: part }
  if (type === 'B' && part instanceof Uint8Array) return { B: part }
  if (type === 'N' && part instanceof Uint8Array) return { N: numberText(part) }
  throw new TypeError(`a key part of type ${typeof part} is no ${type}`)
}

function numberText(part: Uint8Array): string {
  if (part[0] === ZERO) return '0'
  const negative = part[0] === NEGATIVE
  const place = part[1] ?? 0
  const exponent = (negative ? 255 - place : place) + NUMBER_EXPONENT_MIN
  let digits = ''
  for (let index = 2; index < part.length - (negative ? 1 : 0); index++) {
    const byte = part[index] ?? 0
    digits += String(negative ? 100 - byte : byte - 1).padStart(2, '0')
  }
  return decimalText({ negative, digits: digits.replace(/0$/, ''), exponent })
}

/**
 * A short digest of a key value: equal values have equal digests, different values different ones. Spread evenly, so that
 * ranges of it are the segments of a parallel scan, and of fixed size, so that long keys fit in the Store's.
 */
export function keyDigest(value: KeyValue): Uint8Array {
  const bytes = 'B' in value ? value.B : 'S' in value ? value.S : value.N
  // As text on its way: a buffer from the hash costs more than the hash.
  return Buffer.from(hash('sha256', bytes, 'binary').slice(0, KEY_DIGEST_BYTES), 'latin1')
}

/** 2^80 values would have to be made for two of the same digest. */
export const KEY_DIGEST_BYTES = 20

/** Bytes of a key value, as the limits of key sizes count them; numbers are always small enough. */
export function keyValueBytes(value: KeyValue): number {
  if ('S' in value) return Buffer.byteLength(value.S)
  return 'B' in value ? value.B.byteLength : 0
}

/**
 * The first part after all parts that begin with this one, for `begins_with` on S and B: the range [keyPart(prefix),
 * partAfterPrefix(prefix)). Undefined when there is no end: every part from the prefix on begins with it.
 */
export function partAfterPrefix(prefix: KeyValue): KeyPart | undefined {
  if ('S' in prefix) return textAfterPrefix(prefix.S)
  if ('B' in prefix) return bytesAfterPrefix(prefix.B)
  return undefined
}

function bytesAfterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  let end = prefix.length
  while (end > 0 && prefix[end - 1] === 0xff) end--
  if (end === 0) return undefined
  const after = Uint8Array.from(prefix.subarray(0, end))
  after[end - 1] = (after[end - 1] ?? 0) + 1
  return after
}

const CODE_POINT_MAX = 0x10ffff

/** By code points: UTF-8 keeps their order. */
function textAfterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix)
  while (points.length > 0) {
    const point = points.pop()?.codePointAt(0) ?? CODE_POINT_MAX
    if (point === CODE_POINT_MAX) continue
    // Surrogates are no code points of their own.
    const next = point + 1 === 0xd800 ? 0xe000 : point + 1
    return points.join('') + String.fromCodePoint(next)
  }
  return undefined
}
