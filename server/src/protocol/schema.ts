// The shapes of a service as the codecs use them: made from a model file one by one when first asked for, then kept.
// A shape is compared by identity, so codecs keep what they compile for it in a map.
import { InvariantError } from '#base/errors.ts'
import { propertyKey } from '#base/property-key.ts'
import {
  CODE,
  KIND,
  type ListRow,
  type MapRow,
  type ModelFile,
  type OperationRow,
  type RawTraits,
  type Ref,
  type Row,
  type StructureRow,
  TRAIT_BITS,
  type Traits,
} from './model.ts'

export type TimestampFormat = 'default' | 'date-time' | 'http-date' | 'epoch-seconds'

export type SimpleShape =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'bigint' | 'blob' | 'document' }
  | { readonly kind: 'timestamp'; readonly format: TimestampFormat }

export interface ListShape {
  readonly kind: 'list'
  /** Null elements are values. */
  readonly sparse: boolean
  readonly element: Member
}

export interface MapShape {
  readonly kind: 'map'
  readonly sparse: boolean
  readonly key: Member
  readonly value: Member
}

export interface StructureShape {
  readonly kind: 'structure'
  readonly name: string
  readonly traits: Traits
  readonly isUnion: boolean
  readonly members: readonly Member[]
}

export type Shape = SimpleShape | ListShape | MapShape | StructureShape

/** A shape in its place: what the place says (names, bindings) is in `traits`. */
export interface Member {
  readonly name: string
  readonly shape: Shape
  readonly traits: Traits
  readonly required: boolean
}

export interface Operation {
  readonly name: string
  readonly traits: Traits
  readonly input: StructureShape | undefined
  /** Root element and namespace where the operation itself names them. */
  readonly inputTraits: Traits
  readonly output: StructureShape | undefined
  readonly outputTraits: Traits
}

const NO_TRAITS: Traits = Object.freeze({})
/** What a member inherits from its shape; names and namespaces of a shape are those of a root element. */
const INHERITED: readonly (keyof Traits)[] = ['xmlFlattened', 'sparse', 'streaming', 'mediaType', 'sensitive']

const STRING: SimpleShape = { kind: 'string' }
const SIMPLE = new Map<number, SimpleShape>([
  [CODE.string, STRING],
  [CODE.number, { kind: 'number' }],
  [CODE.boolean, { kind: 'boolean' }],
  [CODE.timestampDefault, { kind: 'timestamp', format: 'default' }],
  [CODE.timestampDateTime, { kind: 'timestamp', format: 'date-time' }],
  [CODE.timestampHttpDate, { kind: 'timestamp', format: 'http-date' }],
  [CODE.timestampEpochSeconds, { kind: 'timestamp', format: 'epoch-seconds' }],
  [CODE.document, { kind: 'document' }],
  [CODE.bigint, { kind: 'bigint' }],
  [CODE.blob, { kind: 'blob' }],
  [CODE.streamingBlob, { kind: 'blob' }],
])

function plainMember(name: string, shape: Shape, traits: Traits = NO_TRAITS): Member {
  return { name, shape, traits, required: false }
}

/** Traits in their object form. */
function expand(traits: RawTraits): Traits {
  if (typeof traits !== 'number') return traits
  if (traits === 0) return NO_TRAITS
  return Object.fromEntries(TRAIT_BITS.filter(([bit]) => (traits & bit) !== 0).map(([, name]) => [name, 1]))
}

/** The shapes, operations and errors of one service. */
export class Model {
  readonly file: ModelFile
  readonly #shapes = new Map<number, Shape>()
  readonly #plain = new Map<number, Shape>()
  readonly #operationRows = new Map<string, OperationRow>()
  readonly #operations = new Map<string, Operation>()
  readonly #errorIndexes = new Map<string, number>()
  /** Modelled errors by their code in the query protocol. */
  readonly #queryCodes = new Map<string, string>()

  constructor(file: ModelFile) {
    this.file = file
    for (const index of file.operations) {
      const row = this.#row(index)
      if (row[0] !== KIND.operation) throw new InvariantError(`shape ${index} is no operation`)
      this.#operationRows.set(row[1], row)
    }
    for (const index of file.errors) {
      const row = this.#row(index)
      this.#errorIndexes.set(row[1], index)
      const queryError = expand(row[2]).awsQueryError
      if (queryError !== undefined) this.#queryCodes.set(queryError[0], row[1])
    }
  }

  operationNames(): readonly string[] {
    return [...this.#operationRows.keys()]
  }

  operation(name: string): Operation | undefined {
    const known = this.#operations.get(name)
    if (known !== undefined) return known
    const row = this.#operationRows.get(name)
    if (row === undefined) return undefined
    const operation: Operation = { name, traits: expand(row[2]), ...this.#roots(row) }
    this.#operations.set(name, operation)
    return operation
  }

  /** A modelled error by its shape's name or by its code in the query protocol. */
  error(code: string): StructureShape | undefined {
    const index = this.#errorIndexes.get(code) ?? this.#errorIndexes.get(this.#queryCodes.get(code) ?? '')
    if (index === undefined) return undefined
    return structureOf(this.#shape(index))
  }

  #roots(row: OperationRow): Pick<Operation, 'input' | 'inputTraits' | 'output' | 'outputTraits'> {
    const input = row[3] === 'unit' ? undefined : this.#resolve(row[3])
    const output = row[4] === 'unit' ? undefined : this.#resolve(row[4])
    return {
      input: input === undefined ? undefined : structureOf(input[0]),
      inputTraits: input?.[1] ?? NO_TRAITS,
      output: output === undefined ? undefined : structureOf(output[0]),
      outputTraits: output?.[1] ?? NO_TRAITS,
    }
  }

  #row(index: number): Row {
    const row = this.file.shapes[index]
    if (row === undefined) throw new InvariantError(`the model has no shape ${index}`)
    return row
  }

  /** The shape of a reference, and the traits that its place gives (outermost wins). */
  #resolve(ref: Ref): readonly [shape: Shape, traits: Traits] {
    if (typeof ref === 'number') return [this.#simple(ref), NO_TRAITS]
    if ('$' in ref) return [this.#shape(ref.$), NO_TRAITS]
    const [shape, inner] = this.#resolve(ref[0])
    return [shape, { ...inner, ...expand(ref[1]) }]
  }

  #simple(code: number): Shape {
    const known = SIMPLE.get(code) ?? this.#plain.get(code)
    if (known !== undefined) return known
    const shape = this.#plainContainer(code)
    this.#plain.set(code, shape)
    return shape
  }

  #plainContainer(code: number): Shape {
    if (code >= CODE.mapOf) {
      const value = plainMember('value', this.#simple(code - CODE.mapOf))
      return { kind: 'map', sparse: false, key: plainMember('key', STRING), value }
    }
    if (code >= CODE.listOf) {
      return { kind: 'list', sparse: false, element: plainMember('member', this.#simple(code - CODE.listOf)) }
    }
    throw new InvariantError(`unknown simple type ${code}`)
  }

  #shape(index: number): Shape {
    const known = this.#shapes.get(index)
    if (known !== undefined) return known
    const shape = this.#build(this.#row(index))
    this.#shapes.set(index, shape)
    return shape
  }

  #build(row: Row): Shape {
    switch (row[0]) {
      case KIND.list:
        return new LazyList(row, (ref, name) => this.#member(ref, name, false))
      case KIND.map:
        return new LazyMap(row, (ref, name) => this.#member(ref, name, false))
      case KIND.structure:
      case KIND.union:
      case KIND.error:
        return new LazyStructure(row, (ref, name, required) => this.#member(ref, name, required))
      case KIND.operation:
        throw new InvariantError(`operation ${row[1]} used as a shape`)
    }
  }

  #member(ref: Ref, name: string, required: boolean): Member {
    const [shape, traits] = this.#resolve(ref)
    const own = traitsOf(shape)
    const inherited = INHERITED.filter((trait) => own[trait] !== undefined).map((trait) => [trait, own[trait]])
    return {
      name: propertyKey(name),
      shape,
      traits: inherited.length === 0 ? traits : { ...Object.fromEntries(inherited), ...traits },
      required,
    }
  }
}

type MakeMember = (ref: Ref, name: string, required: boolean) => Member

// Members are made on first use, because shapes are recursive.
class LazyList implements ListShape {
  readonly kind = 'list'
  readonly sparse: boolean
  readonly traits: Traits
  readonly #make: () => Member
  #element: Member | undefined

  constructor(row: ListRow, make: MakeMember) {
    this.traits = expand(row[2])
    this.sparse = this.traits.sparse === 1
    this.#make = () => make(row[3], 'member', false)
  }

  get element(): Member {
    return (this.#element ??= this.#make())
  }
}

class LazyMap implements MapShape {
  readonly kind = 'map'
  readonly sparse: boolean
  readonly traits: Traits
  readonly #make: () => readonly [Member, Member]
  #parts: readonly [Member, Member] | undefined

  constructor(row: MapRow, make: MakeMember) {
    this.traits = expand(row[2])
    this.sparse = this.traits.sparse === 1
    this.#make = () => [make(row[3], 'key', false), make(row[4], 'value', false)]
  }

  get key(): Member {
    return (this.#parts ??= this.#make())[0]
  }

  get value(): Member {
    return (this.#parts ??= this.#make())[1]
  }
}

class LazyStructure implements StructureShape {
  readonly kind = 'structure'
  readonly name: string
  readonly traits: Traits
  readonly isUnion: boolean
  readonly #make: () => readonly Member[]
  #members: readonly Member[] | undefined

  constructor(row: StructureRow, make: MakeMember) {
    this.name = row[1]
    this.traits = expand(row[2])
    this.isUnion = row[0] === KIND.union
    this.#make = () =>
      row[3].map((name, index) => {
        const ref = row[4][index]
        if (ref === undefined) throw new InvariantError(`${row[1]}.${name} has no type`)
        return make(ref, name, index < row[5])
      })
  }

  get members(): readonly Member[] {
    return (this.#members ??= this.#make())
  }
}

function traitsOf(shape: Shape): Traits {
  return shape instanceof LazyList || shape instanceof LazyMap || shape instanceof LazyStructure
    ? shape.traits
    : NO_TRAITS
}

function structureOf(shape: Shape): StructureShape {
  if (shape.kind !== 'structure') throw new InvariantError('an operation takes and gives structures')
  return shape
}

/** A structure of some members of another: the part of an input or output that is the body. */
export function partOf(shape: StructureShape, members: readonly Member[]): StructureShape {
  return { kind: 'structure', name: shape.name, traits: shape.traits, isUnion: shape.isUnion, members }
}

/** True for a member that is an event stream. */
export function isEventStream(member: Member): boolean {
  return member.shape.kind === 'structure' && member.shape.isUnion && member.traits.streaming === 1
}
