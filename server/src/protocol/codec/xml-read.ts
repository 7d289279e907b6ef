// XML elements to values: one reader per shape, compiled when first used. Depth is bounded by the parser.
import type { ListShape, MapShape, Member, Shape, StructureShape } from '../schema.ts'
import { InputFault } from './fault.ts'
import { scalarReader } from './scalar-text.ts'
import { setOwn } from './tree-read.ts'
import type { XmlElement } from './xml-parse.ts'

export type XmlReader = (element: XmlElement) => unknown
/** Reads one of the repeated elements of a flattened list or map into what was collected before. */
type Collector = (element: XmlElement, before: unknown) => unknown

interface Field {
  readonly name: string
  readonly read: Collector
}

interface AttributeField {
  readonly name: string
  readonly wireName: string
  readonly read: (text: string) => unknown
}

/** The name of a member's element or attribute. */
export function xmlName(member: Member): string {
  return member.traits.xmlName ?? member.name
}

/** Names of elements are compared without prefix. */
function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

export class XmlReaders {
  readonly #readers = new Map<Shape, XmlReader>()

  of(shape: Shape): XmlReader {
    const known = this.#readers.get(shape)
    if (known !== undefined) return known
    const reader = this.#compile(shape)
    this.#readers.set(shape, reader)
    return reader
  }

  #compile(shape: Shape): XmlReader {
    switch (shape.kind) {
      case 'structure':
        return this.#structure(shape)
      case 'list':
        return this.#list(shape)
      case 'map':
        return this.#map(shape)
      default: {
        const read = scalarReader(shape)
        return (element) => {
          if (element.children.length > 0) throw new InputFault('type', `${element.name} must hold text`)
          return read(element.text)
        }
      }
    }
  }

  #structure(shape: StructureShape): XmlReader {
    let fields: ReadonlyMap<string, Field> | undefined
    let attributes: readonly AttributeField[] = []
    return (element) => {
      if (fields === undefined) {
        fields = new Map(
          shape.members
            .filter((member) => member.traits.xmlAttribute === undefined)
            .map((member) => [localName(xmlName(member)), { name: member.name, read: this.#collector(member) }]),
        )
        attributes = shape.members.flatMap((member) => attributeField(member))
      }
      const target: Record<string, unknown> = {}
      for (const child of element.children) {
        const field = fields.get(child.name)
        if (field !== undefined) target[field.name] = field.read(child, target[field.name])
      }
      for (const attribute of attributes) {
        const text = element.attributes?.get(attribute.wireName)
        if (text !== undefined) target[attribute.name] = attribute.read(text)
      }
      return target
    }
  }

  #collector(member: Member): Collector {
    const { shape, traits } = member
    if (traits.xmlFlattened === 1 && shape.kind === 'list') {
      let read: XmlReader | undefined
      return (element, before) => {
        read ??= this.of(shape.element.shape)
        const items: unknown[] = Array.isArray(before) ? before : []
        items.push(read(element))
        return items
      }
    }
    if (traits.xmlFlattened === 1 && shape.kind === 'map') {
      const readEntry = this.#entry(shape)
      return (element, before) => {
        const map = typeof before === 'object' && before !== null ? before : {}
        readEntry(element, map)
        return map
      }
    }
    let read: XmlReader | undefined
    return (element) => (read ??= this.of(shape))(element)
  }

  #list(shape: ListShape): XmlReader {
    let read: XmlReader | undefined
    const name = localName(xmlName(shape.element))
    return (element) => {
      read ??= this.of(shape.element.shape)
      const items: unknown[] = []
      for (const child of element.children) if (child.name === name) items.push(read(child))
      return items
    }
  }

  #map(shape: MapShape): XmlReader {
    const readEntry = this.#entry(shape)
    return (element) => {
      const map = {}
      for (const child of element.children) if (child.name === 'entry') readEntry(child, map)
      return map
    }
  }

  #entry(shape: MapShape): (element: XmlElement, into: object) => void {
    let read: XmlReader | undefined
    const keyName = localName(xmlName(shape.key))
    const valueName = localName(xmlName(shape.value))
    return (element, into) => {
      const key = element.children.find((child) => child.name === keyName)
      const value = element.children.find((child) => child.name === valueName)
      if (key === undefined || value === undefined) throw new InputFault('type', `${element.name} lacks key or value`)
      setOwn(into, key.text, (read ??= this.of(shape.value.shape))(value))
    }
  }
}

function attributeField(member: Member): readonly AttributeField[] {
  const { shape, traits } = member
  if (traits.xmlAttribute === undefined) return []
  if (shape.kind === 'structure' || shape.kind === 'list' || shape.kind === 'map') return []
  return [{ name: member.name, wireName: xmlName(member), read: scalarReader(shape) }]
}
