// Turns parsed JSON or CBOR into an operation's input: checks types, drops unknown members, renames, converts simple
// values. One reader per shape, compiled when first used. Values are changed in place where nothing else is needed:
// they were parsed for this request, and most of them are already what the handler wants.
import { NESTING_MAX } from '../limits.ts'
import type { ListShape, MapShape, Member, Shape, SimpleShape, StructureShape } from '../schema.ts'
import { InputFault } from './fault.ts'

/** `depth` counts the levels above. */
export type TreeReader = (value: unknown, depth: number) => unknown

export interface TreeFormat {
  /** The key of a member. */
  keyOf(member: Member): string
  scalar(shape: SimpleShape): TreeReader
  /** More than one member of a union set is refused; DynamoDB has a message of its own for that. */
  readonly strictUnions: boolean
}

interface Field {
  readonly name: string
  readonly read: TreeReader
}

/** What coral, AWS's service framework, calls the value it found. */
export function foundValue(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE'
  if (typeof value === 'number') return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE'
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE'
  return 'NULL_VALUE'
}

/** The fault of a simple value of the wrong type. */
export function wrongType(value: unknown, expected: string): InputFault {
  if (Array.isArray(value)) return new InputFault('type', 'Start of list found where not expected')
  if (typeof value === 'object' && value !== null)
    return new InputFault('type', 'Start of structure or map found where not expected.')
  return new InputFault('type', `${foundValue(value)} cannot be converted to ${expected}`)
}

/** Gives `target` a property even where it is called `__proto__`. */
export function setOwn(target: object, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else (target as Record<string, unknown>)[key] = value
}

function checkDepth(depth: number): void {
  if (depth > NESTING_MAX) throw new InputFault('limit', 'Nesting is too deep')
}

export class TreeReaders {
  readonly #format: TreeFormat
  readonly #readers = new Map<Shape, TreeReader>()

  constructor(format: TreeFormat) {
    this.#format = format
  }

  of(shape: Shape): TreeReader {
    const known = this.#readers.get(shape)
    if (known !== undefined) return known
    const reader = this.#compile(shape)
    this.#readers.set(shape, reader)
    return reader
  }

  #compile(shape: Shape): TreeReader {
    switch (shape.kind) {
      case 'structure':
        return this.#structure(shape)
      case 'list':
        return this.#list(shape)
      case 'map':
        return this.#map(shape)
      case 'document':
        return (value, depth) => {
          checkDocument(value, depth)
          return value
        }
      default:
        return this.#format.scalar(shape)
    }
  }

  #structure(shape: StructureShape): TreeReader {
    const strict = shape.isUnion && this.#format.strictUnions
    let fields: ReadonlyMap<string, Field> | undefined
    let renames = false
    return (value, depth) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
        throw wrongStructure(value)
      checkDepth(depth)
      if (fields === undefined) {
        fields = new Map(
          shape.members.map((member) => [
            this.#format.keyOf(member),
            { name: member.name, read: this.of(member.shape) },
          ]),
        )
        renames = shape.members.some((member) => this.#format.keyOf(member) !== member.name)
      }
      const source = value as Record<string, unknown>
      const target = !renames && onlyKnown(source, fields) ? source : {}
      let count = 0
      for (const key of Object.keys(source)) {
        const found = source[key]
        const field = fields.get(key)
        if (field === undefined || found === null || found === undefined) continue
        count++
        const read = field.read(found, depth + 1)
        if (target !== source || read !== found) setOwn(target, field.name, read)
      }
      if (strict && count > 1) throw new InputFault('type', `${shape.name} must have exactly one member set`)
      return target
    }
  }

  #list(shape: ListShape): TreeReader {
    let read: TreeReader | undefined
    return (value, depth) => {
      if (!Array.isArray(value)) throw wrongCollection(value)
      checkDepth(depth)
      read ??= this.of(shape.element.shape)
      const items: unknown[] = value
      for (let index = 0; index < items.length; index++) {
        const found = items[index]
        if (found === null || found === undefined) {
          if (!shape.sparse) throw new InputFault('type', 'Null is not allowed in this list')
          items[index] = null
          continue
        }
        const item = read(found, depth + 1)
        if (item !== found) items[index] = item
      }
      return items
    }
  }

  #map(shape: MapShape): TreeReader {
    let read: TreeReader | undefined
    return (value, depth) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
        throw wrongCollection(value)
      checkDepth(depth)
      read ??= this.of(shape.value.shape)
      const map = value as Record<string, unknown>
      for (const key of Object.keys(map)) {
        const found = map[key]
        if (found === null || found === undefined) {
          if (!shape.sparse) throw new InputFault('type', 'Null is not allowed in this map')
          setOwn(map, key, null)
          continue
        }
        const item = read(found, depth + 1)
        if (item !== found) setOwn(map, key, item)
      }
      return map
    }
  }
}

function onlyKnown(source: Record<string, unknown>, fields: ReadonlyMap<string, Field>): boolean {
  for (const key of Object.keys(source)) if (source[key] === null || !fields.has(key)) return false
  return true
}

function checkDocument(value: unknown, depth: number): void {
  checkDepth(depth)
  if (typeof value !== 'object' || value === null) return
  for (const child of Object.values(value)) checkDocument(child, depth + 1)
}

function wrongStructure(value: unknown): InputFault {
  if (Array.isArray(value)) return new InputFault('type', 'Start of list found where not expected')
  return new InputFault('type', 'Unexpected value type in payload')
}

function wrongCollection(value: unknown): InputFault {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return new InputFault('type', 'Start of structure or map found where not expected.')
  if (Array.isArray(value)) return new InputFault('type', 'Start of list found where not expected')
  return new InputFault('type', 'Unexpected field type')
}
