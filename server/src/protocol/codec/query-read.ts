// The parameters of the query protocol (`Entries.member.1.Id=…`) to values. The dotted names become a tree first; one
// reader per shape then walks it.
import { eachParameter } from '../form.ts'
import { NESTING_MAX } from '../limits.ts'
import type { ListShape, MapShape, Member, Shape, StructureShape } from '../schema.ts'
import { InputFault } from './fault.ts'
import { scalarReader } from './scalar-text.ts'
import { setOwn } from './tree-read.ts'

export interface QueryNode {
  text: string | undefined
  children: Map<string, QueryNode> | undefined
}

/** Reads what stands below `node`. */
export type QueryReader = (node: QueryNode) => unknown

interface Field {
  readonly name: string
  readonly wireName: string
  /** Another name that some clients use: that of a flattened list's elements. */
  readonly alias: string
  readonly read: QueryReader
}

/** The tree of a form's parameters. */
export function parseParameters(form: string): QueryNode {
  const root: QueryNode = { text: undefined, children: undefined }
  eachParameter(form, (name, value) => {
    const segments = name.split('.')
    if (segments.length > NESTING_MAX) throw new InputFault('limit', 'parameter names are nested too deeply')
    let node = root
    for (const segment of segments) {
      node.children ??= new Map()
      let child = node.children.get(segment)
      if (child === undefined) {
        child = { text: undefined, children: undefined }
        node.children.set(segment, child)
      }
      node = child
    }
    node.text ??= value
  })
  return root
}

export class QueryReaders {
  readonly #readers = new Map<Shape, QueryReader>()

  of(shape: Shape): QueryReader {
    const known = this.#readers.get(shape)
    if (known !== undefined) return known
    const reader = this.#compile(shape)
    this.#readers.set(shape, reader)
    return reader
  }

  #compile(shape: Shape): QueryReader {
    switch (shape.kind) {
      case 'structure':
        return this.#structure(shape)
      case 'list':
        return this.#list(shape, shape.element.traits.xmlName ?? 'member')
      case 'map':
        return this.#map(shape, 'entry')
      default: {
        const read = scalarReader(shape)
        return (node) => {
          if (node.text === undefined) throw new InputFault('type', 'a simple value was expected')
          return read(node.text)
        }
      }
    }
  }

  #structure(shape: StructureShape): QueryReader {
    let fields: readonly Field[] | undefined
    return (node) => {
      fields ??= shape.members.map((member) => ({
        name: member.name,
        wireName: member.traits.xmlName ?? member.name,
        alias: aliasOf(member),
        read: this.#member(member),
      }))
      const target: Record<string, unknown> = {}
      for (const field of fields) {
        const child = node.children?.get(field.wireName) ?? node.children?.get(field.alias)
        if (child !== undefined) target[field.name] = field.read(child)
      }
      return target
    }
  }

  #member(member: Member): QueryReader {
    const { shape, traits } = member
    if (traits.xmlFlattened === 1 && shape.kind === 'list') return this.#list(shape, undefined)
    if (traits.xmlFlattened === 1 && shape.kind === 'map') return this.#map(shape, undefined)
    let read: QueryReader | undefined
    return (node) => (read ??= this.of(shape))(node)
  }

  /** `name` stands between the list and its numbers; undefined for flattened lists. */
  #list(shape: ListShape, name: string | undefined): QueryReader {
    let read: QueryReader | undefined
    return (node) => {
      read ??= this.of(shape.element.shape)
      const items: unknown[] = []
      for (const item of numbered(inside(node, name))) items.push(read(item))
      return items
    }
  }

  #map(shape: MapShape, name: string | undefined): QueryReader {
    let read: QueryReader | undefined
    const keyName = shape.key.traits.xmlName ?? 'key'
    const valueName = shape.value.traits.xmlName ?? 'value'
    return (node) => {
      read ??= this.of(shape.value.shape)
      const map = {}
      for (const entry of numbered(inside(node, name))) {
        const key = entry.children?.get(keyName)?.text
        const value = entry.children?.get(valueName)
        if (key === undefined || value === undefined) throw new InputFault('type', 'a map entry lacks its key or value')
        setOwn(map, key, read(value))
      }
      return map
    }
  }
}

function aliasOf({ name, shape, traits }: Member): string {
  const isFlatList = traits.xmlFlattened === 1 && shape.kind === 'list'
  return (isFlatList ? shape.element.traits.xmlName : undefined) ?? name
}

/**
 * Where the numbers of a list or map stand. Old clients leave out what the model has between (or write `member` where
 * it has a name of its own), so those are looked for as well.
 */
function inside(node: QueryNode, name: string | undefined): QueryNode | undefined {
  if (name === undefined) return node
  return node.children?.get(name) ?? node.children?.get('member') ?? undefined
}

function numbered(node: QueryNode | undefined): readonly QueryNode[] {
  if (node?.children === undefined) return []
  const found: (readonly [position: number, node: QueryNode])[] = []
  for (const [key, child] of node.children) {
    if (!/^[0-9]{1,9}$/.test(key)) throw new InputFault('type', `${key.slice(0, 64)} is not a position`)
    found.push([Number(key), child])
  }
  return found.toSorted((a, b) => a[0] - b[0]).map(([, child]) => child)
}
