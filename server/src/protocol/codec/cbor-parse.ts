// Parses CBOR (RFC 8949) as far as rpcv2Cbor uses it: integers, floats of all widths, byte and text strings, arrays and
// maps (definite and indefinite), true, false, null, undefined, tags. Bounded in depth and number of keys.
import { isUtf8 } from 'node:buffer'
import { KEYS_MAX, NESTING_MAX } from '../limits.ts'
import { InputFault } from './fault.ts'
import { setOwn } from './tree-read.ts'

/** A tagged value that is not a big number. */
export class Tagged {
  readonly tag: number
  readonly value: unknown

  constructor(tag: number, value: unknown) {
    this.tag = tag
    this.value = value
  }
}

const TAG_POSITIVE_BIGNUM = 2
const TAG_NEGATIVE_BIGNUM = 3
const INDEFINITE = 31
const BREAK = 0xff
/** Digits of big integers are not free to convert. */
const BIGNUM_BYTES_MAX = 512

/**
 * Parses one item that fills the whole body; an empty body is an empty object. Integers beyond 2^53 come as bigint,
 * tagged values as Tagged, byte strings as Buffers into the body. Throws InputFault.
 */
export function parseCbor(body: Buffer): unknown {
  if (body.length === 0) return {}
  const parser = new Parser(body)
  const value = parser.item(0)
  if (!parser.atEnd()) throw broken('data after the end')
  return value
}

function broken(what: string): InputFault {
  return new InputFault('syntax', `The body is not well-formed CBOR: ${what}`)
}

class Parser {
  readonly #bytes: Buffer
  #at = 0
  #keys = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  item(depth: number): unknown {
    if (depth > NESTING_MAX) throw new InputFault('limit', 'Nesting is too deep')
    const initial = this.#byte()
    const major = initial >> 5
    const info = initial & 0x1f
    switch (major) {
      case 0:
        return this.#argument(info)
      case 1:
        return negative(this.#argument(info))
      case 2:
        return info === INDEFINITE ? this.#chunks(2) : this.#take(this.#length(info))
      case 3:
        return this.#text(info)
      case 4:
        return this.#array(info, depth)
      case 5:
        return this.#map(info, depth)
      case 6:
        return this.#tagged(info, depth)
      default:
        return this.#simple(info)
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw broken('it ends early')
    this.#at++
    return byte
  }

  #take(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw broken('it ends early')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  #argument(info: number): number | bigint {
    if (info < 24) return info
    switch (info) {
      case 24:
        return this.#byte()
      case 25:
        return this.#take(2).readUInt16BE(0)
      case 26:
        return this.#take(4).readUInt32BE(0)
      case 27: {
        const value = this.#take(8).readBigUInt64BE(0)
        return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
      }
      default:
        throw broken(`additional information ${info}`)
    }
  }

  #length(info: number): number {
    const length = this.#argument(info)
    if (typeof length === 'bigint') throw broken('it ends early')
    return length
  }

  #chunks(major: number): Buffer {
    const chunks: Buffer[] = []
    for (;;) {
      const initial = this.#byte()
      if (initial === BREAK) return Buffer.concat(chunks)
      if (initial >> 5 !== major || (initial & 0x1f) === INDEFINITE) throw broken('a chunk of another type')
      chunks.push(this.#take(this.#length(initial & 0x1f)))
    }
  }

  #text(info: number): string {
    const bytes = info === INDEFINITE ? this.#chunks(3) : this.#take(this.#length(info))
    if (!isUtf8(bytes)) throw broken('text that is not UTF-8')
    return bytes.toString()
  }

  /** True at the break that ends an indefinite item, which is then consumed. */
  #ended(): boolean {
    if (this.#bytes[this.#at] !== BREAK) return false
    this.#at++
    return true
  }

  #array(info: number, depth: number): unknown[] {
    const items: unknown[] = []
    if (info === INDEFINITE) {
      while (!this.#ended()) items.push(this.item(depth + 1))
      return items
    }
    // A length is only a claim: each element must then be there, so nothing is allocated for it.
    const length = this.#length(info)
    for (let index = 0; index < length; index++) items.push(this.item(depth + 1))
    return items
  }

  #map(info: number, depth: number): object {
    const map = {}
    if (info === INDEFINITE) {
      while (!this.#ended()) this.#entry(map, depth)
      return map
    }
    const length = this.#length(info)
    for (let index = 0; index < length; index++) this.#entry(map, depth)
    return map
  }

  #entry(map: object, depth: number): void {
    if (++this.#keys > KEYS_MAX) throw new InputFault('limit', `The body has more than ${KEYS_MAX} keys`)
    const key = this.item(depth + 1)
    if (typeof key !== 'string') throw broken('a key that is not text')
    setOwn(map, key, this.item(depth + 1))
  }

  #tagged(info: number, depth: number): unknown {
    const tag = this.#length(info)
    const value = this.item(depth + 1)
    if (tag !== TAG_POSITIVE_BIGNUM && tag !== TAG_NEGATIVE_BIGNUM) return new Tagged(tag, value)
    if (!Buffer.isBuffer(value) || value.length > BIGNUM_BYTES_MAX) throw broken('a big number that is none')
    const magnitude = value.length === 0 ? 0n : BigInt(`0x${value.toString('hex')}`)
    return tag === TAG_POSITIVE_BIGNUM ? magnitude : -1n - magnitude
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false
      case 21:
        return true
      case 22:
        return null
      case 23:
        return undefined
      case 25:
        return halfFloat(this.#take(2).readUInt16BE(0))
      case 26:
        return this.#take(4).readFloatBE(0)
      case 27:
        return this.#take(8).readDoubleBE(0)
      default:
        throw broken(`simple value ${info}`)
    }
  }
}

function negative(argument: number | bigint): number | bigint {
  if (typeof argument === 'number' && argument < Number.MAX_SAFE_INTEGER) return -1 - argument
  return -1n - BigInt(argument)
}

function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
