// A pattern as written, read from JSON and checked against the bounds of its dialect: keys with conditions, keys with
// further keys below, and `$or` groups.
import { type Leaf, OPERATORS, PatternError, readConditions } from './conditions.ts'
import { DEPTH_MAX, type DialectRules } from './dialect.ts'

/** All of it must hold. */
export interface Shape {
  readonly fields: ReadonlyMap<string, Field>
  /** Of each group one shape must hold. */
  readonly groups: readonly (readonly Shape[])[]
}

/** One value must pass all of `leaves`, and what lies below the key must pass `below`. */
export interface Field {
  readonly leaves: readonly Leaf[]
  readonly below: Shape | undefined
}

/** Throws PatternError. */
export function readShape(text: string, rules: DialectRules): Shape {
  if (Buffer.byteLength(text) > rules.bytesMax)
    throw new PatternError(`${rules.noun} is too large: at most ${rules.bytesMax} bytes`)
  const document = parse(text)
  if (!isObject(document)) throw new PatternError('Filter is not an object')
  const reader = new ShapeReader(rules)
  const shape = reader.object(document, 1)
  if (reader.leafPaths.size > rules.keysMax)
    throw new PatternError(`${rules.noun} can not have more than ${rules.keysMax} keys`)
  if (combinations(document, 1, 1) > rules.combinationsMax) throw new PatternError(`${rules.noun} is too complex`)
  return shape
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PatternError('failed to deserialize JSON', { cause })
  }
}

class ShapeReader {
  readonly leafPaths = new Set<string>()
  readonly #rules: DialectRules
  readonly #path: string[] = []

  constructor(rules: DialectRules) {
    this.#rules = rules
  }

  object(document: JsonObject, depth: number): Shape {
    if (depth > DEPTH_MAX) throw new PatternError(`${this.#rules.noun} is nested too deep: at most ${DEPTH_MAX} levels`)
    const entries = Object.entries(document)
    if (entries.length === 0) throw new PatternError('Empty objects are not allowed')
    const fields = new Map<string, Field>()
    const groups: Shape[][] = []
    for (const [key, value] of entries) {
      if (isGroup(key, value)) groups.push(value.map((one) => this.object(one, depth + 1)))
      else if (this.#rules.joinsDots && key.includes('.')) groups.push([this.#dotted(key, value, depth)])
      else fields.set(key, this.#field(key, value, depth))
    }
    return { fields, groups }
  }

  /** Apart from the other fields, which may have a field of the same first name. */
  #dotted(key: string, value: unknown, depth: number): Shape {
    const [last = '', ...before] = key.split('.').toReversed()
    let shape: Shape = { fields: new Map([[last, this.#field(last, value, depth + before.length)]]), groups: [] }
    for (const name of before) shape = { fields: new Map([[name, { leaves: [], below: shape }]]), groups: [] }
    return shape
  }

  #field(key: string, value: unknown, depth: number): Field {
    this.#path.push(key)
    try {
      if (Array.isArray(value)) {
        if (value.length === 0) throw new PatternError('Empty arrays are not allowed')
        this.leafPaths.add(JSON.stringify(this.#path))
        return { leaves: [readConditions(value, this.#rules)], below: undefined }
      }
      if (!isObject(value)) throw new PatternError(`"${key}" must be an object or an array`)
      if (!this.#rules.nests)
        throw new PatternError('Filter policy scope MessageAttributes does not support nested filter policy')
      return { leaves: [], below: this.object(value, depth + 1) }
    } finally {
      this.#path.pop()
    }
  }
}

type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * `$or` is an operator when it holds two or more patterns; else it is a key like any other. (EventBridge user guide,
 * "Or matching": so that keys of that name go on working.)
 */
function isGroup(key: string, value: unknown): value is readonly JsonObject[] {
  return (
    key === '$or' &&
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((one) => isObject(one) && !Object.keys(one).some((name) => OPERATORS.has(name)))
  )
}

/** SNS developer guide, "Filter policy constraints": values times depth, multiplied over the keys; `$or` adds up. */
function combinations(document: JsonObject, depth: number, before: number): number {
  let product = before
  for (const [key, value] of Object.entries(document)) {
    if (isGroup(key, value)) {
      const base = product
      product = value.reduce((sum, one) => sum + combinations(one, depth, base), 0)
    } else if (Array.isArray(value)) product *= value.length * depth
    else if (isObject(value)) product = combinations(value, depth + 1, product)
  }
  return product
}
