// Sizes as DynamoDB counts them for its limits and capacity: "Amazon DynamoDB Developer Guide", "DynamoDB item sizes and
// formats". Names and strings by their UTF-8 bytes, numbers about one byte for two digits, one byte for each element of a
// list or map and three for the list or map itself.
import type { AttributeValue, Item } from './attribute-value.ts'
import { parseDecimal } from './decimal.ts'

const DOCUMENT_BYTES = 3
const ELEMENT_BYTES = 1

/** Bytes of names and values. */
export function itemBytes(item: Item): number {
  let bytes = 0
  for (const name of Object.keys(item)) {
    const value = item[name]
    if (value !== undefined) bytes += Buffer.byteLength(name) + valueBytes(value)
  }
  return bytes
}

/** Bytes of a value without its name. */
export function valueBytes(value: AttributeValue): number {
  if ('S' in value) return Buffer.byteLength(value.S)
  if ('N' in value) return numberBytes(value.N)
  if ('B' in value) return value.B.byteLength
  if ('NULL' in value || 'BOOL' in value) return 1
  if ('M' in value) return DOCUMENT_BYTES + ELEMENT_BYTES * Object.keys(value.M).length + itemBytes(value.M)
  if ('L' in value) return total(value.L, (element) => ELEMENT_BYTES + valueBytes(element), DOCUMENT_BYTES)
  if ('SS' in value) return total(value.SS, (member) => Buffer.byteLength(member), 0)
  if ('NS' in value) return total(value.NS, numberBytes, 0)
  return total(value.BS, (member) => member.byteLength, 0)
}

function total<T>(elements: readonly T[], bytesOf: (element: T) => number, start: number): number {
  let bytes = start
  for (const element of elements) bytes += bytesOf(element)
  return bytes
}

/**
 * Of a canonical number: one byte, and one for two digits that count on each side of the point, and one for a minus. What
 * AWS charges to the byte at the limit of an item's size (observed by others in 2026-08), where its guide is vague.
 */
export function numberBytes(text: string): number {
  const { digits, exponent, negative } = parseDecimal(text)
  const before = Math.min(digits.length, Math.max(0, exponent))
  const after = digits.length - before
  return 1 + Math.ceil(before / 2) + Math.ceil(after / 2) + (negative ? 1 : 0)
}
