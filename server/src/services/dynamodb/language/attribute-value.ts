// The value of an attribute as it travels on the wire, after it was checked (check-value.ts): exactly one member, numbers in
// canonical form. Items and maps are plain objects made by JSON.parse, so an attribute may be called `__proto__` or
// `constructor`: read them by `attributeOf`, write them by `setAttribute`.
import { compareNumbers } from './decimal.ts'

export type AttributeValue =
  | { readonly S: string }
  /** Canonical: see decimal.ts. */
  | { readonly N: string }
  | { readonly B: Uint8Array }
  | { readonly SS: string[] }
  | { readonly NS: string[] }
  | { readonly BS: Uint8Array[] }
  | { readonly M: Record<string, AttributeValue> }
  | { readonly L: AttributeValue[] }
  | { readonly NULL: boolean }
  | { readonly BOOL: boolean }

/** By attribute name. Never changed after it was made: updates copy what they touch. */
export type Item = Readonly<Record<string, AttributeValue>>

export type AttributeType = 'S' | 'N' | 'B' | 'SS' | 'NS' | 'BS' | 'M' | 'L' | 'NULL' | 'BOOL'
export type KeyType = 'S' | 'N' | 'B'

/** The attribute of that name; inherited properties are not attributes. */
export function attributeOf(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined
}

/** Sets an attribute also where it is called `__proto__`. For items under construction. */
export function setAttribute(item: Record<string, AttributeValue>, name: string, value: AttributeValue): void {
  if (name === '__proto__')
    Object.defineProperty(item, name, { value, enumerable: true, configurable: true, writable: true })
  else item[name] = value
}

/** A copy of an item or map, one level deep. */
export function copyAttributes(item: Item): Record<string, AttributeValue> {
  // Spread defines own properties, so it keeps `__proto__` too.
  return { ...item }
}

export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType
  // A checked value has one member.
  throw new TypeError('an attribute value without a member')
}

/** Equality as `=` and `contains` see it: sets without order, documents member by member, numbers by value. */
export function valuesEqual(left: AttributeValue, right: AttributeValue): boolean {
  if ('S' in left) return 'S' in right && left.S === right.S
  // Canonical numbers are equal exactly when their texts are.
  if ('N' in left) return 'N' in right && left.N === right.N
  if ('B' in left) return 'B' in right && compareBytes(left.B, right.B) === 0
  if ('BOOL' in left) return 'BOOL' in right && left.BOOL === right.BOOL
  if ('NULL' in left) return 'NULL' in right
  if ('M' in left) return 'M' in right && mapsEqual(left.M, right.M)
  if ('L' in left) return 'L' in right && listsEqual(left.L, right.L)
  if ('SS' in left) return 'SS' in right && setsEqual(left.SS, right.SS)
  if ('NS' in left) return 'NS' in right && setsEqual(left.NS, right.NS)
  return 'BS' in right && setsEqual(left.BS.map(nameOfBytes), right.BS.map(nameOfBytes))
}

function mapsEqual(left: Item, right: Item): boolean {
  const names = Object.keys(left)
  if (names.length !== Object.keys(right).length) return false
  return names.every((name) => {
    const a = attributeOf(left, name)
    const b = attributeOf(right, name)
    return a !== undefined && b !== undefined && valuesEqual(a, b)
  })
}

function listsEqual(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  if (left.length !== right.length) return false
  return left.every((value, index) => {
    const other = right[index]
    return other !== undefined && valuesEqual(value, other)
  })
}

function setsEqual(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false
  const members = new Set(right)
  return left.every((member) => members.has(member))
}

/** A text that two byte arrays share exactly when they are equal. */
export function nameOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Below 0, 0 or above 0, as DynamoDB orders: S by UTF-8 bytes, N by value, B by bytes. Undefined where there is no order. */
export function compareValues(left: AttributeValue, right: AttributeValue): number | undefined {
  if ('S' in left) return 'S' in right ? compareText(left.S, right.S) : undefined
  if ('N' in left) return 'N' in right ? compareNumbers(left.N, right.N) : undefined
  if ('B' in left) return 'B' in right ? compareBytes(left.B, right.B) : undefined
  return undefined
}

/**
 * Order of the UTF-8 bytes. UTF-16 code units have the same order except that surrogates stand below U+E000..U+FFFF, while
 * the code points that they make stand above.
 */
export function compareText(left: string, right: string): number {
  if (left === right) return 0
  const shorter = Math.min(left.length, right.length)
  for (let index = 0; index < shorter; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return codePointRank(a) - codePointRank(b)
  }
  return left.length - right.length
}

function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}

export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right)
}
