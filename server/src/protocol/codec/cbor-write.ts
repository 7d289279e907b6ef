// Values to CBOR: one writer per shape, compiled when first used, into one growing buffer.
import { InvariantError } from '#base/errors.ts'
import { EncodedJson } from '../encoded-json.ts'
import type { ListShape, MapShape, Shape, SimpleShape, StructureShape } from '../schema.ts'
import { bytesOf, wrong } from './scalar-text.ts'
import { secondsOf } from './timestamp.ts'

const FIRST_BYTES = 512
const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const
const FALSE = 0xf4
const TRUE = 0xf5
const NULL = 0xf6
const FLOAT64 = 0xfb
const TAG_EPOCH_SECONDS = 1
const TAG_POSITIVE_BIGNUM = 2
const TAG_NEGATIVE_BIGNUM = 3

/** Where CBOR is written to. */
export class CborSink {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0

  /** What was written. The sink may go on being used. */
  taken(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at))
  }

  /** Makes room for `count` more bytes and answers where they begin. */
  #room(count: number): number {
    const start = this.#at
    if (start + count > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, start + count))
      this.#bytes.copy(grown, 0, 0, start)
      this.#bytes = grown
    }
    this.#at = start + count
    return start
  }

  byte(value: number): void {
    const at = this.#room(1)
    this.#bytes[at] = value
  }

  /** The head of an item: its major type and argument. */
  head(major: number, argument: number | bigint): void {
    const type = major << 5
    if (argument < 24) this.byte(type | Number(argument))
    else if (argument < 0x100) {
      const at = this.#room(2)
      this.#bytes[at] = type | 24
      this.#bytes[at + 1] = Number(argument)
    } else if (argument < 0x1_0000) {
      const at = this.#room(3)
      this.#bytes[at] = type | 25
      this.#bytes.writeUInt16BE(Number(argument), at + 1)
    } else if (argument < 0x1_0000_0000) {
      const at = this.#room(5)
      this.#bytes[at] = type | 26
      this.#bytes.writeUInt32BE(Number(argument), at + 1)
    } else {
      const at = this.#room(9)
      this.#bytes[at] = type | 27
      this.#bytes.writeBigUInt64BE(BigInt(argument), at + 1)
    }
  }

  text(value: string): void {
    const length = Buffer.byteLength(value)
    this.head(MAJOR.text, length)
    const at = this.#room(length)
    this.#bytes.write(value, at)
  }

  bytes(value: Uint8Array): void {
    this.head(MAJOR.bytes, value.length)
    const at = this.#room(value.length)
    this.#bytes.set(value, at)
  }

  number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) this.head(MAJOR.unsigned, value)
      else this.head(MAJOR.negative, -1 - value)
      return
    }
    const at = this.#room(9)
    this.#bytes[at] = FLOAT64
    this.#bytes.writeDoubleBE(value, at + 1)
  }

  bigint(value: bigint): void {
    const magnitude = value >= 0n ? value : -1n - value
    if (magnitude < 1n << 64n) return this.head(value >= 0n ? MAJOR.unsigned : MAJOR.negative, magnitude)
    this.head(MAJOR.tag, value >= 0n ? TAG_POSITIVE_BIGNUM : TAG_NEGATIVE_BIGNUM)
    const hex = magnitude.toString(16)
    this.bytes(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
  }
}

export type CborWriter = (value: unknown, sink: CborSink) => void

interface Field {
  readonly name: string
  readonly write: CborWriter
}

export class CborWriters {
  readonly #writers = new Map<Shape, CborWriter>()

  /** The bytes of a value; `extra` stands before a structure's own members. */
  encode(shape: StructureShape, value: unknown, extra: Readonly<Record<string, string>> = {}): Buffer {
    const sink = new CborSink()
    this.#fieldsOf(shape)(value, sink, Object.entries(extra))
    return sink.taken()
  }

  of(shape: Shape): CborWriter {
    const known = this.#writers.get(shape)
    if (known !== undefined) return known
    const writer = this.#compile(shape)
    this.#writers.set(shape, writer)
    return writer
  }

  #compile(shape: Shape): CborWriter {
    switch (shape.kind) {
      case 'structure': {
        const write = this.#fieldsOf(shape)
        return (value, sink) => write(value, sink, [])
      }
      case 'list':
        return this.#list(shape)
      case 'map':
        return this.#map(shape)
      default:
        return scalar(shape)
    }
  }

  #fieldsOf(
    shape: StructureShape,
  ): (value: unknown, sink: CborSink, extra: readonly (readonly [string, string])[]) => void {
    let fields: readonly Field[] | undefined
    return (value, sink, extra) => {
      if (typeof value !== 'object' || value === null) return wrong(value, shape.name)
      fields ??= shape.members.map((member) => ({ name: member.name, write: this.of(member.shape) }))
      const source = value as Readonly<Record<string, unknown>>
      const present = fields.filter(({ name }) => source[name] !== undefined && source[name] !== null)
      sink.head(MAJOR.map, present.length + extra.length)
      for (const [name, text] of extra) {
        sink.text(name)
        sink.text(text)
      }
      for (const field of present) {
        sink.text(field.name)
        field.write(source[field.name], sink)
      }
    }
  }

  #list(shape: ListShape): CborWriter {
    let write: CborWriter | undefined
    return (value, sink) => {
      if (!Array.isArray(value)) return wrong(value, 'list')
      write ??= this.of(shape.element.shape)
      const items = (value as readonly unknown[]).filter((item) => shape.sparse || !absent(item))
      sink.head(MAJOR.array, items.length)
      for (const item of items) {
        if (absent(item)) sink.byte(NULL)
        else write(item, sink)
      }
    }
  }

  #map(shape: MapShape): CborWriter {
    let write: CborWriter | undefined
    return (given, sink) => {
      const value = given instanceof EncodedJson ? given.read() : given
      if (typeof value !== 'object' || value === null) return wrong(value, 'map')
      write ??= this.of(shape.value.shape)
      const entries = Object.entries(value as Readonly<Record<string, unknown>>).filter(
        ([, item]) => shape.sparse || !absent(item),
      )
      sink.head(MAJOR.map, entries.length)
      for (const [key, item] of entries) {
        sink.text(key)
        if (absent(item)) sink.byte(NULL)
        else write(item, sink)
      }
    }
  }
}

function absent(value: unknown): boolean {
  return value === undefined || value === null
}

function scalar(shape: SimpleShape): CborWriter {
  switch (shape.kind) {
    case 'string':
      return (value, sink) => (typeof value === 'string' ? sink.text(value) : wrong(value, 'string'))
    case 'number':
    case 'bigint':
      return (value, sink) => {
        if (typeof value === 'number') sink.number(value)
        else if (typeof value === 'bigint') sink.bigint(value)
        else wrong(value, 'number')
      }
    case 'boolean':
      return (value, sink) => (typeof value === 'boolean' ? sink.byte(value ? TRUE : FALSE) : wrong(value, 'boolean'))
    case 'blob':
      return (value, sink) => sink.bytes(bytesOf(value))
    case 'timestamp':
      return (value, sink) => {
        sink.head(MAJOR.tag, TAG_EPOCH_SECONDS)
        sink.number(secondsOf(value))
      }
    case 'document':
      return () => {
        throw new InvariantError('rpcv2Cbor has no documents')
      }
  }
}
