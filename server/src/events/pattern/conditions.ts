// The conditions that a key's values are held against: `["a", {"prefix": "b"}, {"exists": false}]`. Any one of them is
// enough. Read into a Leaf, which is split into what a value must be and the wish that there be none.
//
// Sources: SNS developer guide "Filter policies", EventBridge user guide "Comparison operators", Lambda developer guide
// "Event filtering". Messages are those that AWS's rule engine gives.
import { BlockList, isIP } from 'node:net'
import type { DialectRules } from './dialect.ts'
import { parseWildcard, wildcardTest } from './wildcard.ts'

export type Scalar = string | number | boolean | null
export type Test = (value: Scalar) => boolean

/** What is wrong with a pattern, as its author should read it. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

export interface Leaf {
  /** Holds when one of the key's values passes; undefined when there is no condition on a value. */
  readonly present: Test | undefined
  /** Holds when the key has no value. */
  readonly absent: boolean
}

/** The names that an object in a list of conditions may have as its one key. */
export const OPERATORS: ReadonlySet<string> = new Set([
  'prefix',
  'suffix',
  'equals-ignore-case',
  'anything-but',
  'numeric',
  'exists',
  'cidr',
  'wildcard',
])

/** Throws PatternError. */
export function readConditions(list: readonly unknown[], rules: DialectRules): Leaf {
  const exact = new Set<Scalar>()
  const tests: Test[] = []
  let absent = false
  for (const condition of list) {
    if (isScalar(condition)) exact.add(readScalar(condition, rules))
    else {
      const [operator, operand] = onlyEntry(condition)
      if (operator === 'exists' && operand === false) absent = true
      else tests.push(readOperator(operator, operand, rules))
    }
  }
  if (exact.size > 0) tests.unshift((value) => exact.has(value))
  return { present: tests.length === 0 ? undefined : anyOf(tests), absent }
}

function anyOf(tests: readonly Test[]): Test {
  const [only, ...more] = tests
  if (only !== undefined && more.length === 0) return only
  return (value) => tests.some((test) => test(value))
}

export function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function readScalar(value: Scalar, { numberMax }: DialectRules): Scalar {
  if (typeof value === 'number') return readNumber(value, numberMax)
  return value
}

function readNumber(value: number, max: number): number {
  if (!(Math.abs(value) <= max))
    throw new PatternError(`Value must be between ${(-max).toExponential(1)} and ${max.toExponential(1)}, inclusive`)
  // 0 and -0 are one number; a Set keeps them as one too.
  return value
}

function onlyEntry(condition: unknown): readonly [string, unknown] {
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition))
    throw new PatternError('Match value must be String, number, true, false, or null')
  const [entry, ...more] = Object.entries(condition)
  if (more.length > 0) throw new PatternError('Only one key allowed in match expression')
  if (entry === undefined) throw new PatternError('Empty objects are not allowed')
  return entry
}

function readOperator(operator: string, operand: unknown, rules: DialectRules): Test {
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return readAffix(operator, operand)
    case 'equals-ignore-case': {
      const lower = readText(operator, operand).toLowerCase()
      return onText((text) => text.toLowerCase() === lower)
    }
    case 'wildcard':
      return readWildcard(operand)
    case 'anything-but':
      return readAnythingBut(operand, rules)
    case 'numeric':
      return readNumeric(operand, rules)
    case 'cidr':
      return readCidr(operand)
    case 'exists':
      if (operand !== true) throw new PatternError('exists match pattern must be either true or false.')
      return () => true
    default:
      throw new PatternError(`Unrecognized match type ${operator}`)
  }
}

function onText(test: (text: string) => boolean): Test {
  return (value) => typeof value === 'string' && test(value)
}

function readText(operator: string, operand: unknown): string {
  if (typeof operand !== 'string') throw new PatternError(`${operator} match pattern must be a string`)
  return operand
}

/** `{"prefix": "a"}`, or `{"prefix": {"equals-ignore-case": "a"}}`. */
function readAffix(operator: 'prefix' | 'suffix', operand: unknown): Test {
  const method = operator === 'prefix' ? 'startsWith' : 'endsWith'
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
    const [inner, value] = onlyEntry(operand)
    if (inner !== 'equals-ignore-case') throw new PatternError(`Unsupported ${operator} pattern: ${inner}`)
    const lower = readText(inner, value).toLowerCase()
    return onText((text) => text.toLowerCase()[method](lower))
  }
  const affix = readText(operator, operand)
  return onText((text) => text[method](affix))
}

function readWildcard(operand: unknown): Test {
  const parsed = parseWildcard(readText('wildcard', operand))
  if (parsed.kind === 'invalid') throw new PatternError(parsed.reason)
  return onText(wildcardTest(parsed.pieces))
}

/** A value, a list of values of one type, or one of four operators with a text or a list of texts. */
function readAnythingBut(operand: unknown, rules: DialectRules): Test {
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
    const [operator, inner] = onlyEntry(operand)
    if (!ANYTHING_BUT.has(operator)) throw new PatternError(`Unsupported anything-but pattern: ${operator}`)
    const texts = nonEmpty(inner).map((text) => readText(operator, text))
    if ((operator === 'prefix' || operator === 'suffix') && texts.includes(''))
      throw new PatternError('Null prefix/suffix not allowed')
    const tests = texts.map((text) => readOperator(operator, text, rules))
    return (value) => !tests.some((test) => test(value))
  }
  const refused = nonEmpty(operand)
  const types = new Set(refused.map((value) => typeof value))
  if (!refused.every((value) => typeof value === 'string' || typeof value === 'number'))
    throw new PatternError('Value of anything-but must be an array or single string/number value.')
  if (types.size > 1)
    throw new PatternError(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    )
  const exact = new Set<Scalar>(refused.map((value) => readScalar(value, rules)))
  return (value) => !exact.has(value)
}

const ANYTHING_BUT: ReadonlySet<string> = new Set(['prefix', 'suffix', 'equals-ignore-case', 'wildcard'])

function nonEmpty(operand: unknown): readonly unknown[] {
  const list = Array.isArray(operand) ? (operand as readonly unknown[]) : [operand]
  if (list.length === 0) throw new PatternError('Empty arrays are not allowed')
  return list
}

type Comparison = '<' | '<=' | '=' | '>' | '>='

const COMPARE: Readonly<Record<Comparison, (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '=': (value, bound) => value === bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

function isComparison(text: unknown): text is Comparison {
  return typeof text === 'string' && Object.hasOwn(COMPARE, text)
}

/** `["=", 5]`, `[">", 1]`, or a range `[">=", 1, "<", 5]`. */
function readNumeric(operand: unknown, rules: DialectRules): Test {
  if (!Array.isArray(operand)) throw new PatternError('Value of numeric must be an array.')
  const [operator, first, second, last, ...more] = operand as readonly unknown[]
  if (typeof operator !== 'string') throw new PatternError(`Invalid member in numeric match: ${shown(operator, ']')}`)
  if (!isComparison(operator)) throw new PatternError(`Unrecognized numeric range operator: ${operator}`)
  const low = readBound(operator, first, rules)
  const onNumber =
    (test: (value: number) => boolean): Test =>
    (value) =>
      typeof value === 'number' && test(value)
  if (second === undefined) return onNumber((value) => COMPARE[operator](value, low))
  if (operator !== '>' && operator !== '>=') throw new PatternError('Too many elements in numeric expression')
  if (typeof second !== 'string') throw new PatternError(`Bad value in numeric range: ${shown(second, ']')}`)
  if (second !== '<' && second !== '<=') throw new PatternError(`Bad numeric range operator: ${second}`)
  const high = readBound(second, last, rules)
  if (high <= low) throw new PatternError('Bottom must be less than top')
  if (more.length > 0) throw new PatternError('Too many terms in numeric range expression')
  return onNumber((value) => COMPARE[operator](value, low) && COMPARE[second](value, high))
}

function readBound(operator: Comparison, bound: unknown, { numberMax }: DialectRules): number {
  if (typeof bound !== 'number')
    throw new PatternError(`Value of ${operator === '=' ? 'equals' : operator} must be numeric`)
  return readNumber(bound, numberMax)
}

function shown(value: unknown, nothing: string): string {
  return value === undefined ? nothing : JSON.stringify(value)
}

/** A block of IPv4 or IPv6 addresses. */
function readCidr(operand: unknown): Test {
  const text = readText('cidr', operand)
  const [address = '', bits = '', ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128))
    throw new PatternError(`Malformed CIDR, one '/' required: ${text.slice(0, 64)}`)
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const block = new BlockList()
  block.addSubnet(address, Number(bits), family)
  return onText((value) => value.length <= ADDRESS_CHARS_MAX && isIP(value) === version && block.check(value, family))
}

/** The longest text form of an IPv6 address, with a zone. */
const ADDRESS_CHARS_MAX = 64
