// The order-preserving encoding of tuple keys: byte order of the encoding is tuple order, and a tuple is a prefix of
// another exactly when its bytes are a prefix of the other's bytes.
//
// One tag byte per element, then its bytes. This is the stored format of every driver: to change it is to migrate.
//
//   bytes    01 <bytes, escaped> 00
//   string   02 <UTF-8, escaped> 00          escaped: 00 -> 01 01, 01 -> 01 02, so that 00 only ever ends an element
//   number   sign and magnitude in the tag, then the significand:
//            3e          below -(2^64)       4 bytes exponent, significand; all complemented
//            3f..7e      -(2^64) .. -1       significand, complemented      (7f - exponent)
//            7f          -1 .. 0             2 bytes exponent, significand; all complemented
//            80          0
//            81          0 .. 1              2 bytes exponent (+2000), significand
//            82..c1      1 .. 2^64           significand                    (81 + exponent; exponent = bit length)
//            c2          2^64 and above      4 bytes exponent, significand
//   boolean  e0 false, e1 true
//
// The significand is the binary fraction after the leading 1, seven bits a byte, and in the lowest bit whether more
// follows. So a number has one encoding whatever its type, and numbers and bigints share one numeric order: an integer
// within ±(2^53 - 1) comes back as a number, any other integer as a bigint. No tag is ff: it ends the range of a prefix.
import { InvariantError } from '#base/errors.ts'
import { KEY_BYTES_MAX, StoreLimitError, type Key, type KeyPart } from './store.ts'

const TAG_BYTES = 0x01
const TAG_STRING = 0x02
const TAG_NEGATIVE_LARGE = 0x3e
const TAG_ZERO = 0x80
const TAG_POSITIVE_SMALL = 0x81
const TAG_POSITIVE_LARGE = 0xc2
const TAG_FALSE = 0xe0
const TAG_TRUE = 0xe1
/** Greater than every tag: `prefix + ff` is above every key that begins with `prefix`. */
export const KEY_RANGE_END = 0xff

const SMALL_EXPONENT_BIAS = 2000
const EXPONENT_ONE_BYTE_MAX = 64
/** A double has no more; an integer with more is a bigint. */
const SIGNIFICAND_BITS = 53
/** One element writes at most this much beyond KEY_BYTES_MAX before the length is checked. */
export const KEY_SCRATCH_BYTES = KEY_BYTES_MAX * 3 + 64

const scratch = Buffer.allocUnsafeSlow(KEY_SCRATCH_BYTES)

/** Encodes a key. Throws StoreLimitError above KEY_BYTES_MAX, and for what has no place in the order: NaN, infinities, lone surrogates. */
export function encodeKey(key: Key): Uint8Array {
  const end = encodeKeyInto(key, scratch, 0)
  const bytes = Buffer.allocUnsafe(end)
  scratch.copy(bytes, 0, 0, end)
  return bytes
}

/** The encoded key as a string with one character per byte: a name for maps, whose order is key order. */
export function nameOfKey(key: Key): string {
  return scratch.toString('latin1', 0, encodeKeyInto(key, scratch, 0))
}

/** As encodeKey, into `target`, which must have KEY_SCRATCH_BYTES left at `offset`; returns the end. */
export function encodeKeyInto(key: Key, target: Buffer, offset: number): number {
  let at = offset
  for (const part of key) {
    at = encodePart(part, target, at)
    if (at - offset > KEY_BYTES_MAX) throw tooLong()
  }
  return at
}

function tooLong(): StoreLimitError {
  return new StoreLimitError(`a key may have ${KEY_BYTES_MAX} bytes`)
}

function encodePart(part: KeyPart, target: Buffer, at: number): number {
  if (typeof part === 'string') return encodeString(part, target, at)
  if (typeof part === 'number') return encodeNumber(part, target, at)
  if (typeof part === 'bigint') return encodeBigint(part, target, at)
  if (typeof part === 'boolean') {
    target[at] = part ? TAG_TRUE : TAG_FALSE
    return at + 1
  }
  if (!(part instanceof Uint8Array)) throw new InvariantError(`a key cannot hold a value of type ${typeof part}`)
  target[at] = TAG_BYTES
  return encodeEscaped(part, target, at + 1)
}

function encodeString(text: string, target: Buffer, start: number): number {
  const { length } = text
  if (length > KEY_BYTES_MAX) throw tooLong()
  target[start] = TAG_STRING
  let at = start + 1
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return encodeUnicode(text, target, start + 1)
    if (code > 1) target[at++] = code
    else {
      target[at++] = 1
      target[at++] = code + 1
    }
  }
  target[at] = 0
  return at + 1
}

function encodeUnicode(text: string, target: Buffer, at: number): number {
  // A lone surrogate has no UTF-8 form of its own: two different keys would become one.
  if (!text.isWellFormed()) throw new StoreLimitError('a key part is not well-formed Unicode')
  return encodeEscaped(Buffer.from(text, 'utf8'), target, at)
}

function encodeEscaped(bytes: Uint8Array, target: Buffer, start: number): number {
  if (bytes.length > KEY_BYTES_MAX) throw tooLong()
  let at = start
  for (const byte of bytes) {
    if (byte > 1) target[at++] = byte
    else {
      target[at++] = 1
      target[at++] = byte + 1
    }
  }
  target[at] = 0
  return at + 1
}

function encodeNumber(value: number, target: Buffer, start: number): number {
  if (!Number.isFinite(value)) throw new StoreLimitError('a key cannot hold NaN or an infinity')
  if (value === 0) {
    target[start] = TAG_ZERO
    return start + 1
  }
  const magnitude = Math.abs(value)
  const exponent = exponentOf(magnitude)
  let at = encodeExponent(exponent, target, start)
  // Exact: scaling by powers of two and taking off the integer part lose nothing.
  let rest = (exponent > 1 ? magnitude / 2 ** (exponent - 1) : scaleUp(magnitude, 1 - exponent)) - 1
  do {
    rest *= 128
    const bits = Math.floor(rest)
    rest -= bits
    target[at++] = (bits << 1) | (rest > 0 ? 1 : 0)
  } while (rest > 0)
  if (value < 0) complement(target, start, at)
  return at
}

/** The number of bits before the binary point: 1 for 1, 0 for 0.5, negative below. */
function exponentOf(magnitude: number): number {
  if (magnitude < 4_294_967_296 && magnitude >= 1) return 32 - Math.clz32(magnitude)
  let exponent = Math.floor(Math.log2(magnitude)) + 1
  // log2 rounds: correct it by comparing with exact powers of two (which exist for all but the smallest doubles).
  while (2 ** (exponent - 1) > magnitude) exponent--
  while (exponent < 1024 && 2 ** exponent <= magnitude) exponent++
  return exponent
}

/** magnitude * 2^shift, also where 2^shift itself is out of range. */
function scaleUp(magnitude: number, shift: number): number {
  return shift > 1000 ? magnitude * 2 ** 1000 * 2 ** (shift - 1000) : magnitude * 2 ** shift
}

function encodeExponent(exponent: number, target: Buffer, at: number): number {
  if (exponent > EXPONENT_ONE_BYTE_MAX) {
    target[at] = TAG_POSITIVE_LARGE
    return target.writeUInt32BE(exponent, at + 1)
  }
  if (exponent > 0) {
    target[at] = TAG_POSITIVE_SMALL + exponent
    return at + 1
  }
  target[at] = TAG_POSITIVE_SMALL
  return target.writeUInt16BE(exponent + SMALL_EXPONENT_BIAS, at + 1)
}

// Negative numbers: magnitude order turned around. The tags mirror around TAG_ZERO, everything after is complemented.
function complement(target: Buffer, start: number, end: number): void {
  target[start] = 2 * TAG_ZERO - (target[start] ?? 0)
  for (let at = start + 1; at < end; at++) target[at] = ~(target[at] ?? 0)
}

function encodeBigint(value: bigint, target: Buffer, start: number): number {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER)
    return encodeNumber(Number(value), target, start)
  const magnitude = value < 0n ? -value : value
  const exponent = bitLength(magnitude)
  if (exponent > KEY_BYTES_MAX * 7) throw tooLong()
  let at = encodeExponent(exponent, target, start)
  let bitsLeft = exponent - 1
  let rest = magnitude - (1n << BigInt(bitsLeft))
  while (true) {
    const shift = BigInt(Math.max(0, bitsLeft - 7))
    const bits = Number(rest >> shift) << Math.max(0, 7 - bitsLeft)
    rest &= (1n << shift) - 1n
    target[at++] = (bits << 1) | (rest > 0n ? 1 : 0)
    if (rest === 0n) break
    bitsLeft -= 7
  }
  if (value < 0n) complement(target, start, at)
  return at
}

function bitLength(magnitude: bigint): number {
  const hex = magnitude.toString(16)
  return (hex.length - 1) * 4 + 32 - Math.clz32(Number.parseInt(hex.charAt(0), 16))
}

/** The inverse of encodeKey. Throws InvariantError on bytes that encodeKey cannot have made. */
export function decodeKey(bytes: Uint8Array): Key {
  const decoder = new Decoder(bytes)
  const key: KeyPart[] = []
  while (decoder.at < decoder.bytes.length) key.push(decoder.part())
  return key
}

/** Where the first `max` elements of an encoded key end: the lengths of its shortest prefixes. */
export function elementEnds(bytes: Uint8Array, max: number): number[] {
  const decoder = new Decoder(bytes)
  const ends: number[] = []
  while (ends.length < max && decoder.at < decoder.bytes.length) {
    decoder.part()
    ends.push(decoder.at)
  }
  return ends
}

class Decoder {
  readonly bytes: Buffer
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  part(): KeyPart {
    const tag = this.#byte()
    if (tag === TAG_STRING) return this.#string()
    if (tag >= TAG_NEGATIVE_LARGE && tag <= TAG_POSITIVE_LARGE) return this.#number(tag)
    if (tag === TAG_BYTES) return new Uint8Array(this.#escaped())
    if (tag === TAG_FALSE) return false
    if (tag === TAG_TRUE) return true
    throw broken(`tag ${tag}`)
  }

  #byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw broken('end')
    this.at++
    return byte
  }

  #string(): string {
    const { bytes, at: start } = this
    let at = start
    for (let byte = bytes[at]; byte !== undefined && byte > 1 && byte < 0x80;) byte = bytes[++at]
    if (bytes[at] !== 0) return this.#unicode()
    this.at = at + 1
    return bytes.toString('latin1', start, at)
  }

  #unicode(): string {
    const bytes = this.#escaped()
    const text = bytes.toString('utf8')
    // U+FFFD is what the decoder puts in place of broken UTF-8.
    if (text.includes('\ufffd') && !Buffer.from(text).equals(bytes)) throw broken('UTF-8')
    return text
  }

  #escaped(): Buffer {
    const end = this.bytes.indexOf(0, this.at)
    if (end < 0) throw broken('end')
    const escaped = this.bytes.subarray(this.at, end)
    this.at = end + 1
    if (!escaped.includes(1)) return escaped
    const plain = Buffer.allocUnsafe(escaped.length)
    let length = 0
    for (let index = 0; index < escaped.length; index++) {
      const byte = escaped[index] ?? 0
      const next = byte === 1 ? escaped[++index] : undefined
      if (byte === 1 && next !== 1 && next !== 2) throw broken('escape')
      plain[length++] = next === undefined ? byte : next - 1
    }
    return plain.subarray(0, length)
  }

  #number(tag: number): number | bigint {
    if (tag === TAG_ZERO) return 0
    const mask = tag < TAG_ZERO ? 0xff : 0
    const exponent = this.#exponent(mask ? 2 * TAG_ZERO - tag : tag, mask)
    const first = this.at
    let significand = 1
    let weight = 1 / 128
    let significantBits = 1
    for (let more = true; more; weight /= 128) {
      const byte = this.#byte() ^ mask
      more = (byte & 1) === 1
      const bits = byte >> 1
      if (!more && bits === 0 && this.at - first > 1) throw broken('significand')
      significand += bits * weight
      if (bits > 0) significantBits = (this.at - first) * 7 + 1 - trailingZeros(bits)
    }
    if (exponent > SIGNIFICAND_BITS && exponent >= significantBits) return this.#bigint(first, exponent, mask)
    const magnitude = exponent > 1 ? significand * 2 ** (exponent - 1) : scaleDown(significand, 1 - exponent)
    if (significantBits > SIGNIFICAND_BITS || magnitude === 0) throw broken('significand')
    if (exponent < -1021 && significantBits > exponent + 1074) throw broken('significand')
    return mask ? -magnitude : magnitude
  }

  #exponent(tag: number, mask: number): number {
    if (tag === TAG_POSITIVE_LARGE) {
      let exponent = 0
      for (let index = 0; index < 4; index++) exponent = exponent * 256 + (this.#byte() ^ mask)
      if (exponent <= EXPONENT_ONE_BYTE_MAX || exponent > KEY_BYTES_MAX * 7) throw broken('exponent')
      return exponent
    }
    if (tag !== TAG_POSITIVE_SMALL) return tag - TAG_POSITIVE_SMALL
    const high = this.#byte() ^ mask
    const exponent = high * 256 + (this.#byte() ^ mask) - SMALL_EXPONENT_BIAS
    if (exponent > 0 || exponent < -1073) throw broken('exponent')
    return exponent
  }

  #bigint(first: number, exponent: number, mask: number): bigint {
    let magnitude = 1n
    for (let at = first; at < this.at; at++) magnitude = (magnitude << 7n) | BigInt(((this.bytes[at] ?? 0) ^ mask) >> 1)
    const shift = exponent - 1 - (this.at - first) * 7
    magnitude = shift >= 0 ? magnitude << BigInt(shift) : magnitude >> BigInt(-shift)
    return mask ? -magnitude : magnitude
  }
}

function trailingZeros(bits: number): number {
  return 31 - Math.clz32(bits & -bits)
}

/** significand / 2^shift, also where 2^shift itself is out of range. */
function scaleDown(significand: number, shift: number): number {
  return shift > 1000 ? significand / 2 ** (shift - 1000) / 2 ** 1000 : significand / 2 ** shift
}

function broken(what: string): InvariantError {
  return new InvariantError(`stored key is broken (${what})`)
}
