// The compiled matcher against a naive one that works as the definition reads: write out every combination of one
// condition per key, flatten the value into fields that know in which array elements they lie, and try all choices.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { compilePattern } from './pattern.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type JsonObject = { readonly [key: string]: Json }

/** One condition on one path. */
interface Wish {
  readonly path: readonly string[]
  readonly conditions: readonly Json[]
}

interface FlatField {
  readonly path: string
  readonly value: Json
  /** Which element of which array (by path) the field lies in. */
  readonly elements: ReadonlyMap<string, number>
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** All ways to choose one member of each $or and one condition of each list. */
function writeOut(pattern: JsonObject, path: readonly string[] = []): readonly (readonly Wish[])[] {
  let rows: (readonly Wish[])[] = [[]]
  for (const [key, value] of Object.entries(pattern)) {
    const choices =
      key === '$or'
        ? (value as readonly JsonObject[]).flatMap((one) => writeOut(one, path))
        : isObject(value)
          ? writeOut(value, [...path, key])
          : (value as readonly Json[]).map((condition): readonly Wish[] => [
              { path: [...path, key], conditions: [condition] },
            ])
    rows = rows.flatMap((row) => choices.map((choice) => row.concat(choice)))
  }
  return rows
}

/** How many rows writeOut gives. */
function rowCount(pattern: JsonObject): number {
  return Object.entries(pattern).reduce((product, [key, value]) => {
    if (key === '$or') return product * (value as readonly JsonObject[]).reduce((sum, one) => sum + rowCount(one), 0)
    return product * (isObject(value) ? rowCount(value) : (value as readonly Json[]).length)
  }, 1)
}

/** Conditions on one path that were merged from several places hold for one and the same value. */
function merged(wishes: readonly Wish[]): readonly Wish[] {
  const byPath = new Map<string, Wish>()
  for (const wish of wishes) {
    const name = wish.path.join('.')
    const before = byPath.get(name)
    byPath.set(name, before ? { ...before, conditions: [...before.conditions, ...wish.conditions] } : wish)
  }
  return [...byPath.values()]
}

let arrays = 0
function flatten(value: Json, path: string, elements: ReadonlyMap<string, number>, found: FlatField[]): void {
  if (Array.isArray(value)) {
    const array = `${path}#${elements.size}#${arrays++}`
    for (const [index, one] of (value as readonly Json[]).entries())
      flatten(one, path, new Map([...elements, [array, index]]), found)
  } else if (isObject(value))
    for (const [key, one] of Object.entries(value)) flatten(one, path === '' ? key : `${path}.${key}`, elements, found)
  else found.push({ path, value, elements })
}

function consistent(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): boolean {
  return [...left].every(([array, index]) => (right.get(array) ?? index) === index)
}

function isAbsence(condition: Json): boolean {
  return isObject(condition) && condition['exists'] === false
}

function naiveMatch(pattern: JsonObject, value: JsonObject): boolean {
  const fields: FlatField[] = []
  flatten(value, '', new Map(), fields)
  return writeOut(pattern).some((row) => {
    const wishes = merged(row)
    const positive = wishes.filter(({ conditions }) => conditions.some((one) => !isAbsence(one)))
    const absent = wishes.filter(({ conditions }) => conditions.some(isAbsence))
    return choose(positive, absent, fields, new Map())
  })
}

function choose(
  [wish, ...rest]: readonly Wish[],
  absent: readonly Wish[],
  fields: readonly FlatField[],
  elements: ReadonlyMap<string, number>,
): boolean {
  if (!wish)
    return absent.every(({ path }) =>
      fields.every((field) => field.path !== path.join('.') || !consistent(elements, field.elements)),
    )
  return fields.some(
    (field) =>
      field.path === wish.path.join('.') &&
      consistent(elements, field.elements) &&
      wish.conditions.every((condition) => isAbsence(condition) || naiveTest(condition, field.value)) &&
      choose(rest, absent, fields, new Map([...elements, ...field.elements])),
  )
}

function naiveTest(condition: Json, value: Json): boolean {
  if (!isObject(condition)) return condition === value
  const [operator = '', operand = null] = Object.entries(condition)[0] ?? []
  const text = typeof value === 'string' ? value : undefined
  const wanted = typeof operand === 'string' ? operand : ''
  switch (operator) {
    case 'exists':
      return true
    case 'anything-but':
      if (isObject(operand)) {
        const [inner = '', list = null] = Object.entries(operand)[0] ?? []
        const texts = Array.isArray(list) ? (list as readonly Json[]) : [list]
        return !texts.some((one) => naiveTest({ [inner]: one }, value))
      }
      return Array.isArray(operand) ? !operand.includes(value) : operand !== value
    case 'numeric': {
      const terms = operand as readonly (string | number)[]
      for (let at = 0; at < terms.length; at += 2)
        if (typeof value !== 'number' || !compare(String(terms[at]), value, Number(terms[at + 1]))) return false
      return true
    }
    case 'prefix':
      return text?.startsWith(wanted) ?? false
    case 'suffix':
      return text?.endsWith(wanted) ?? false
    case 'equals-ignore-case':
      return text?.toLowerCase() === wanted.toLowerCase()
    default:
      return text !== undefined && naiveWildcard(wanted, text)
  }
}

function compare(operator: string, value: number, bound: number): boolean {
  if (operator === '=') return value === bound
  if (value === bound) return operator.endsWith('=')
  return operator.startsWith('<') ? value < bound : value > bound
}

function naiveWildcard(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  if (pattern.startsWith('*'))
    return naiveWildcard(pattern.slice(1), text) || (text !== '' && naiveWildcard(pattern, text.slice(1)))
  const [literal, rest] = pattern.startsWith('\\')
    ? [pattern.charAt(1), pattern.slice(2)]
    : [pattern.charAt(0), pattern.slice(1)]
  return text.startsWith(literal) && text !== '' && naiveWildcard(rest, text.slice(1))
}

// Few keys and few letters, so that patterns meet values.
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'A'), maxLength: 4 })
const number = fc.constantFrom(-1, 0, 1, 2, 2.5)
const wildcard = fc
  .array(fc.constantFrom('a', 'b', '*', '\\*', '\\\\'), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.filter((part, at) => part !== '*' || parts[at - 1] !== '*').join(''))
const textOperator = fc.oneof(
  fc.record({ prefix: word }),
  fc.record({ suffix: word }),
  fc.record({ 'equals-ignore-case': word }),
  fc.record({ wildcard }),
)
const condition: fc.Arbitrary<Json> = fc.oneof(
  word,
  number,
  fc.constantFrom<Json>(null, true, false),
  textOperator,
  fc.record({ 'anything-but': fc.oneof(word, number, fc.array(word, { minLength: 1, maxLength: 3 }), textOperator) }),
  fc.record({ numeric: fc.constantFrom<Json>(['=', 1], ['<', 1], ['>=', 1], ['>', -1, '<=', 2]) }),
  fc.record({ exists: fc.boolean() }),
)
const conditions = fc.array(condition, { minLength: 1, maxLength: 3 })
// Keys with conditions and keys with keys below have different names: a key that is both has no defined meaning.
const { pattern } = fc.letrec<{ pattern: JsonObject; group: Json }>((tie) => ({
  group: fc.array(tie('pattern'), { minLength: 2, maxLength: 2 }),
  pattern: fc
    .record(
      {
        x: conditions,
        y: conditions,
        p: fc.oneof({ maxDepth: 2 }, fc.record({ x: conditions }), tie('pattern')) as fc.Arbitrary<Json>,
        q: fc.oneof({ maxDepth: 2 }, fc.record({ y: conditions }), tie('pattern')) as fc.Arbitrary<Json>,
        $or: fc.oneof(
          { maxDepth: 1 },
          fc.array(fc.record({ x: conditions, p: fc.record({ x: conditions }) }), { minLength: 2, maxLength: 2 }),
          tie('group'),
        ) as fc.Arbitrary<Json>,
      },
      { requiredKeys: [] },
    )
    .filter((one) => Object.keys(one).length > 0),
}))
const scalar: fc.Arbitrary<Json> = fc.oneof(word, number, fc.constantFrom<Json>(null, true))
const { object } = fc.letrec<{ object: JsonObject; below: Json }>((tie) => ({
  below: fc.oneof(
    { maxDepth: 3 },
    scalar,
    tie('object'),
    fc.array(tie('below'), { maxLength: 3 }),
  ) as fc.Arbitrary<Json>,
  object: fc.record(
    {
      x: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })) as fc.Arbitrary<Json>,
      y: scalar,
      p: tie('below'),
      q: tie('below'),
    },
    { requiredKeys: [] },
  ),
}))

const RUNS = 1000
/** What the naive matcher would take too long to write out. */
const ROWS_MAX = 40

it('agrees with the naive matcher', () => {
  let held = 0
  fc.assert(
    fc.property(pattern, object, (aPattern, value) => {
      const compiled = compilePattern(JSON.stringify(aPattern), 'eventbridge')
      fc.pre(compiled.kind === 'pattern' && rowCount(aPattern) <= ROWS_MAX)
      const expected = naiveMatch(aPattern, value)
      if (expected) held++
      assert.equal(compiled.matches(value), expected)
    }),
    { numRuns: RUNS },
  )
  assert.ok(held > RUNS / 100, `only ${held} of ${RUNS} pairs matched: the test would see little`)
})
