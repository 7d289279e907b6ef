// Values to JSON text. One writer per shape, compiled when first used; text is joined directly, without a second tree.
import { EncodedJson } from '../encoded-json.ts'
import type { ListShape, MapShape, Shape, SimpleShape, StructureShape } from '../schema.ts'
import { base64Of, wrong } from './scalar-text.ts'
import { formatTimestamp, secondsOf, type TimestampStyle } from './timestamp.ts'

const TIMES: TimestampStyle = { format: 'epoch-seconds', wholeSeconds: true, httpDateFractions: true }

export type JsonWriter = (value: unknown) => string

interface Field {
  readonly name: string
  /** `"key":` */
  readonly prefix: string
  readonly write: JsonWriter
}

export class JsonWriters {
  readonly #writers = new Map<Shape, JsonWriter>()

  of(shape: Shape): JsonWriter {
    const known = this.#writers.get(shape)
    if (known !== undefined) return known
    const writer = this.#compile(shape)
    this.#writers.set(shape, writer)
    return writer
  }

  #compile(shape: Shape): JsonWriter {
    switch (shape.kind) {
      case 'structure':
        return this.#structure(shape)
      case 'list':
        return this.#list(shape)
      case 'map':
        return this.#map(shape)
      default:
        return scalar(shape)
    }
  }

  /** One member of many is set: look at what is there instead of for what may be. */
  #union(shape: StructureShape): JsonWriter {
    let fields: ReadonlyMap<string, Field> | undefined
    return (value) => {
      if (typeof value !== 'object' || value === null) return wrong(value, shape.name)
      fields ??= new Map(this.#fields(shape).map((field) => [field.name, field]))
      const source = value as Readonly<Record<string, unknown>>
      let text = ''
      for (const name of Object.keys(source)) {
        const found = source[name]
        const field = fields.get(name)
        if (field === undefined || found === undefined || found === null) continue
        text += (text === '' ? field.prefix : `,${field.prefix}`) + field.write(found)
      }
      return `{${text}}`
    }
  }

  #fields(shape: StructureShape): readonly Field[] {
    return shape.members.map((member) => ({
      name: member.name,
      prefix: `${JSON.stringify(member.traits.jsonName ?? member.name)}:`,
      write: this.of(member.shape),
    }))
  }

  #structure(shape: StructureShape): JsonWriter {
    if (shape.isUnion) return this.#union(shape)
    let fields: readonly Field[] | undefined
    return (value) => {
      if (typeof value !== 'object' || value === null) return wrong(value, shape.name)
      fields ??= this.#fields(shape)
      const source = value as Readonly<Record<string, unknown>>
      let text = ''
      for (const field of fields) {
        const found = source[field.name]
        if (found === undefined || found === null) continue
        text += (text === '' ? field.prefix : `,${field.prefix}`) + field.write(found)
      }
      return `{${text}}`
    }
  }

  #list(shape: ListShape): JsonWriter {
    let write: JsonWriter | undefined
    return (value) => {
      if (!Array.isArray(value)) return wrong(value, 'list')
      write ??= this.of(shape.element.shape)
      let text = ''
      for (const item of value as readonly unknown[]) {
        if (item === undefined || item === null) {
          if (shape.sparse) text += text === '' ? 'null' : ',null'
          continue
        }
        text += text === '' ? write(item) : `,${write(item)}`
      }
      return `[${text}]`
    }
  }

  #map(shape: MapShape): JsonWriter {
    let write: JsonWriter | undefined
    return (value) => {
      if (typeof value !== 'object' || value === null) return wrong(value, 'map')
      if (value instanceof EncodedJson) return value.text
      write ??= this.of(shape.value.shape)
      let text = ''
      for (const [key, item] of Object.entries(value as Readonly<Record<string, unknown>>)) {
        const absent = item === undefined || item === null
        if (absent && !shape.sparse) continue
        text += `${text === '' ? '' : ','}${quoteJson(key)}:${absent ? 'null' : write(item)}`
      }
      return `{${text}}`
    }
  }
}

function scalar(shape: SimpleShape): JsonWriter {
  switch (shape.kind) {
    case 'string':
      return (value) => (typeof value === 'string' ? quoteJson(value) : wrong(value, 'string'))
    case 'number':
      return writeNumber
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? String(value) : wrong(value, 'boolean'))
    case 'bigint':
      return (value) =>
        typeof value === 'bigint' || typeof value === 'number' ? String(value) : wrong(value, 'bigint')
    case 'blob':
      return (value) => `"${base64Of(value)}"`
    case 'timestamp': {
      const { format } = shape
      if (format === 'default' || format === 'epoch-seconds') return (value) => String(secondsOf(value))
      return (value) => `"${formatTimestamp(value, format, TIMES)}"`
    }
    case 'document':
      return (value) => JSON.stringify(value)
  }
}

// What JSON cannot hold as it is, and halves of surrogate pairs.
const QUOTED = /["\\\u0000-\u001f\ud800-\udfff]/ // oxlint-disable-line no-control-regex -- these are what is looked for

function quoteJson(text: string): string {
  return QUOTED.test(text) ? JSON.stringify(text) : `"${text}"`
}

function writeNumber(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'number') return wrong(value, 'number')
  return Number.isFinite(value) ? String(value) : `"${value}"`
}
