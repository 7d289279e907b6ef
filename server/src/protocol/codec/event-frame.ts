// Frames of `application/vnd.amazon.eventstream`: total length, header length, CRC-32 of those eight bytes, headers,
// payload, CRC-32 of everything before. All numbers big-endian.
import { crc32 } from 'node:zlib'
import { EVENT_BYTES_MAX } from '../limits.ts'
import { InputFault } from './fault.ts'

export type EventHeaderValue =
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'byte' | 'short' | 'integer'; readonly value: number }
  | { readonly type: 'long'; readonly value: bigint }
  | { readonly type: 'binary'; readonly value: Uint8Array }
  | { readonly type: 'string' | 'uuid'; readonly value: string }
  | { readonly type: 'timestamp'; readonly value: Date }

export interface EventFrame {
  readonly headers: ReadonlyMap<string, EventHeaderValue>
  readonly payload: Uint8Array
}

const PRELUDE_BYTES = 12
const CRC_BYTES = 4
const HEADERS_BYTES_MAX = 128 * 1024

/** Encodes one frame. */
export function encodeEvent(frame: EventFrame): Buffer {
  const headers = Buffer.concat([...frame.headers].map(([name, value]) => encodeHeader(name, value)))
  const total = PRELUDE_BYTES + headers.length + frame.payload.length + CRC_BYTES
  const out = Buffer.allocUnsafe(total)
  out.writeUInt32BE(total, 0)
  out.writeUInt32BE(headers.length, 4)
  out.writeUInt32BE(crc32(out.subarray(0, 8)), 8)
  headers.copy(out, PRELUDE_BYTES)
  out.set(frame.payload, PRELUDE_BYTES + headers.length)
  out.writeUInt32BE(crc32(out.subarray(0, total - CRC_BYTES)), total - CRC_BYTES)
  return out
}

function encodeHeader(name: string, header: EventHeaderValue): Buffer {
  const nameBytes = Buffer.from(name)
  if (nameBytes.length === 0 || nameBytes.length > 255) throw new RangeError(`event header ${name} has a bad length`)
  return Buffer.concat([Buffer.from([nameBytes.length]), nameBytes, encodeValue(header)])
}

function encodeValue(header: EventHeaderValue): Buffer {
  switch (header.type) {
    case 'boolean':
      return Buffer.from([header.value ? 0 : 1])
    case 'byte': {
      const out = Buffer.from([2, 0])
      out.writeInt8(header.value, 1)
      return out
    }
    case 'short': {
      const out = Buffer.from([3, 0, 0])
      out.writeInt16BE(header.value, 1)
      return out
    }
    case 'integer': {
      const out = Buffer.from([4, 0, 0, 0, 0])
      out.writeInt32BE(header.value, 1)
      return out
    }
    case 'long':
      return encodeLong(5, header.value)
    case 'binary':
      return encodeBytes(6, header.value)
    case 'string':
      return encodeBytes(7, Buffer.from(header.value))
    case 'timestamp':
      return encodeLong(8, BigInt(header.value.getTime()))
    case 'uuid':
      return Buffer.concat([Buffer.from([9]), Buffer.from(header.value.replaceAll('-', ''), 'hex')])
  }
}

function encodeLong(type: number, value: bigint): Buffer {
  const out = Buffer.alloc(9, type)
  out.writeBigInt64BE(value, 1)
  return out
}

function encodeBytes(type: number, bytes: Uint8Array): Buffer {
  if (bytes.length > 65_535) throw new RangeError('an event header value is too long')
  const out = Buffer.alloc(3 + bytes.length, type)
  out.writeUInt16BE(bytes.length, 1)
  out.set(bytes, 3)
  return out
}

/** Decodes one complete frame; throws InputFault. */
export function decodeEvent(bytes: Buffer): EventFrame {
  if (bytes.length < PRELUDE_BYTES + CRC_BYTES) throw broken('is too short')
  const total = bytes.readUInt32BE(0)
  const headerBytes = bytes.readUInt32BE(4)
  if (total !== bytes.length || total > EVENT_BYTES_MAX) throw broken('has a wrong length')
  if (headerBytes > HEADERS_BYTES_MAX || headerBytes > total - PRELUDE_BYTES - CRC_BYTES)
    throw broken('has a wrong header length')
  if (bytes.readUInt32BE(8) !== crc32(bytes.subarray(0, 8))) throw broken('has a wrong prelude checksum')
  if (bytes.readUInt32BE(total - CRC_BYTES) !== crc32(bytes.subarray(0, total - CRC_BYTES)))
    throw broken('has a wrong checksum')
  const headers = new HeaderReader(bytes.subarray(PRELUDE_BYTES, PRELUDE_BYTES + headerBytes)).all()
  return { headers, payload: bytes.subarray(PRELUDE_BYTES + headerBytes, total - CRC_BYTES) }
}

function broken(what: string): InputFault {
  return new InputFault('syntax', `an event frame ${what}`)
}

class HeaderReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  all(): ReadonlyMap<string, EventHeaderValue> {
    const headers = new Map<string, EventHeaderValue>()
    while (this.#at < this.#bytes.length) {
      const name = this.#take(this.#take(1).readUInt8(0)).toString()
      headers.set(name, this.#value(this.#take(1).readUInt8(0)))
    }
    return headers
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw broken('has a truncated header')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  #value(type: number): EventHeaderValue {
    switch (type) {
      case 0:
      case 1:
        return { type: 'boolean', value: type === 0 }
      case 2:
        return { type: 'byte', value: this.#take(1).readInt8(0) }
      case 3:
        return { type: 'short', value: this.#take(2).readInt16BE(0) }
      case 4:
        return { type: 'integer', value: this.#take(4).readInt32BE(0) }
      case 5:
        return { type: 'long', value: this.#take(8).readBigInt64BE(0) }
      case 6:
        return { type: 'binary', value: this.#take(this.#take(2).readUInt16BE(0)) }
      case 7:
        return { type: 'string', value: this.#take(this.#take(2).readUInt16BE(0)).toString() }
      case 8:
        return { type: 'timestamp', value: new Date(Number(this.#take(8).readBigInt64BE(0))) }
      case 9: {
        const hex = this.#take(16).toString('hex')
        return { type: 'uuid', value: hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') }
      }
      default:
        throw broken(`has a header of unknown type ${type}`)
    }
  }
}
