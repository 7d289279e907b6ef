// Values to XML: one writer per shape, compiled when first used. A writer gives an element's attributes and content; the
// member that holds the shape gives the element its name.
import type { ListShape, MapShape, Member, Shape, StructureShape } from '../schema.ts'
import { scalarWriter, wrong } from './scalar-text.ts'
import type { TimestampStyle } from './timestamp.ts'
import { xmlName } from './xml-read.ts'

/** Content of an element. */
type ContentWriter = (value: unknown) => string
/** Whole elements, none or many for flattened members. */
type MemberWriter = (value: unknown) => string

interface Field {
  readonly name: string
  readonly write: MemberWriter
}

// Characters that would not come back as they are, or that XML 1.0 has no other form for.
const SPECIAL = /[&<>"\u0000-\u0008\u000b-\u001f\u0085\u2028]/ // oxlint-disable-line no-control-regex -- these are what is looked for
const SPECIALS = /[&<>"\u0000-\u0008\u000b-\u001f\u0085\u2028]/g // oxlint-disable-line no-control-regex -- these are what is looked for
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as element content or between double quotes. */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text
  return text.replace(SPECIALS, (char) => ESCAPES[char] ?? `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`)
}

export class XmlWriters {
  readonly #contents = new Map<Shape, ContentWriter>()
  readonly #attributes = new Map<StructureShape, (value: unknown) => string>()
  readonly #times: TimestampStyle

  /** `wholeSeconds` leaves a fraction of zero out of date-times; S3 writes it. */
  constructor(wholeSeconds: boolean) {
    this.#times = { format: 'date-time', wholeSeconds, httpDateFractions: true }
  }

  /** An element that is not a member: a root. `extra` are attributes, with a leading space. */
  root(shape: Shape, name: string, value: unknown, extra: string): string {
    const attributes = shape.kind === 'structure' ? this.#attributesOf(shape)(value) : ''
    return `<${name}${extra}${attributes}>${this.content(shape)(value)}</${name}>`
  }

  /** The content writer of a shape. */
  content(shape: Shape): ContentWriter {
    const known = this.#contents.get(shape)
    if (known !== undefined) return known
    const writer = this.#compile(shape)
    this.#contents.set(shape, writer)
    return writer
  }

  #compile(shape: Shape): ContentWriter {
    switch (shape.kind) {
      case 'structure':
        return this.#structure(shape)
      case 'list':
        return this.#list(shape)
      case 'map':
        return this.#map(shape)
      case 'string':
        return (value) => (typeof value === 'string' ? escapeXml(value) : wrong(value, 'string'))
      default:
        return scalarWriter(shape, this.#times)
    }
  }

  #structure(shape: StructureShape): ContentWriter {
    let fields: readonly Field[] | undefined
    return (value) => {
      if (typeof value !== 'object' || value === null) return wrong(value, shape.name)
      fields ??= shape.members
        .filter((member) => member.traits.xmlAttribute === undefined)
        .map((member) => ({ name: member.name, write: this.#member(member) }))
      const source = value as Readonly<Record<string, unknown>>
      let text = ''
      for (const field of fields) {
        const found = source[field.name]
        if (found !== undefined && found !== null) text += field.write(found)
      }
      return text
    }
  }

  #member(member: Member): MemberWriter {
    const { shape, traits } = member
    const name = xmlName(member)
    if (traits.xmlFlattened === 1 && shape.kind === 'list') {
      const write = this.#element(shape.element, name)
      return (value) => {
        if (!Array.isArray(value)) return wrong(value, 'list')
        let text = ''
        for (const item of value as readonly unknown[]) if (item !== undefined && item !== null) text += write(item)
        return text
      }
    }
    if (traits.xmlFlattened === 1 && shape.kind === 'map') return this.#entries(shape, name, traits.xmlNamespace)
    return this.#element(member, name)
  }

  /** One element with the content of a member's shape. */
  #element(member: Member, name: string): MemberWriter {
    const { shape } = member
    const start = `<${name}${namespaceAttribute(member.traits.xmlNamespace)}`
    const end = `</${name}>`
    let content: ContentWriter | undefined
    if (shape.kind !== 'structure') return (value) => `${start}>${(content ??= this.content(shape))(value)}${end}`
    const attributes = this.#attributesOf(shape)
    return (value) => `${start}${attributes(value)}>${(content ??= this.content(shape))(value)}${end}`
  }

  #list(shape: ListShape): ContentWriter {
    let write: MemberWriter | undefined
    return (value) => {
      if (!Array.isArray(value)) return wrong(value, 'list')
      write ??= this.#element(shape.element, xmlName(shape.element))
      let text = ''
      for (const item of value as readonly unknown[]) if (item !== undefined && item !== null) text += write(item)
      return text
    }
  }

  #map(shape: MapShape): ContentWriter {
    return this.#entries(shape, 'entry', undefined)
  }

  #entries(shape: MapShape, name: string, namespace: readonly [string, string] | undefined): ContentWriter {
    let writeValue: MemberWriter | undefined
    const start = `<${name}${namespaceAttribute(namespace)}>`
    const key = xmlName(shape.key)
    const keyStart = `<${key}${namespaceAttribute(shape.key.traits.xmlNamespace)}>`
    return (value) => {
      if (typeof value !== 'object' || value === null) return wrong(value, 'map')
      writeValue ??= this.#element(shape.value, xmlName(shape.value))
      let text = ''
      for (const [entryKey, item] of Object.entries(value as Readonly<Record<string, unknown>>)) {
        if (item === undefined || item === null) continue
        text += `${start}${keyStart}${escapeXml(entryKey)}</${key}>${writeValue(item)}</${name}>`
      }
      return text
    }
  }

  /** Writer of the attributes that a structure's members are, each with a leading space. */
  #attributesOf(shape: StructureShape): (value: unknown) => string {
    const known = this.#attributes.get(shape)
    if (known !== undefined) return known
    let fields: readonly (readonly [name: string, wireName: string, write: ContentWriter])[] | undefined
    const writer = (value: unknown): string => {
      fields ??= shape.members
        .filter((member) => member.traits.xmlAttribute === 1)
        .map((member) => [member.name, xmlName(member), this.content(member.shape)])
      let text = ''
      for (const [name, wireName, write] of fields) {
        const found = (value as Readonly<Record<string, unknown>>)[name]
        // Parsers turn white space in attributes into spaces, unless it is written by reference.
        if (found !== undefined && found !== null)
          text += ` ${wireName}="${write(found).replaceAll('\n', '&#xA;').replaceAll('\t', '&#x9;')}"`
      }
      return text
    }
    this.#attributes.set(shape, writer)
    return writer
  }
}

/** ` xmlns="…"` or ` xmlns:prefix="…"`. */
export function namespaceAttribute(namespace: readonly [prefix: string, uri: string] | undefined): string {
  if (namespace === undefined) return ''
  const [prefix, uri] = namespace
  return ` xmlns${prefix === '' ? '' : `:${prefix}`}="${escapeXml(uri)}"`
}
