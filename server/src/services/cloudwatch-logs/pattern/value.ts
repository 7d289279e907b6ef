// What a field is compared with: a text with wildcards at its ends, a number, or a regular expression.
import { type Cursor, invalidCharacters, invalidPattern, isWordCharacter, type PatternError } from './cursor.ts'
import { compileRegex, type Matcher } from './regex.ts'

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>='

/** Longer ones first, so that none hides behind its beginning. */
const OPERATORS: readonly Operator[] = ['!=', '<=', '>=', '=', '<', '>']
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/
/** What may stand in a value without quotation marks: also IP addresses with wildcards, and numbers. */
const UNQUOTED_SYMBOLS = '.*+-'
const REGEXES_MAX = 2

export interface Comparison {
  readonly operator: Operator
  /** Whether a text equals the value (for = and !=). */
  readonly equals: Matcher
  /** The value as a number, if it is written as one and not quoted. */
  readonly number: number | undefined
}

/** Counts what a pattern may have only so many of. */
export class PatternQuota {
  #regexes = 0
  #wildcards = 0

  countRegex(): void {
    if (++this.#regexes > REGEXES_MAX) throw invalidPattern()
  }

  countWildcardSelector(max: number): void {
    if (++this.#wildcards > max) throw invalidPattern()
  }
}

/** Reads an operator and a value. */
export function parseComparison(cursor: Cursor, quota: PatternQuota): Comparison {
  const operator = OPERATORS.find((candidate) => cursor.take(candidate))
  if (operator === undefined) throw cursor.unexpected()
  cursor.skipSpaces()
  const value = parseValue(cursor, quota)
  const isOrder = operator !== '=' && operator !== '!='
  if (isOrder && value.number === undefined) throw invalidPattern()
  return { operator, ...value }
}

function parseValue(cursor: Cursor, quota: PatternQuota): Omit<Comparison, 'operator'> {
  if (cursor.take('"')) return { equals: wildcardMatcher(cursor.quoted()), number: undefined }
  if (cursor.take('%')) {
    quota.countRegex()
    return { equals: compileRegex(cursor.regex()), number: undefined }
  }
  const text = cursor.takeWhile((one) => isWordCharacter(one) || UNQUOTED_SYMBOLS.includes(one))
  if (text === '') throw cursor.unexpected()
  const { next } = cursor
  if (next !== '' && !/[\s,&|)]/.test(next)) throw valueEndsWith(next, cursor)
  if (!NUMBER.test(text)) return { equals: wildcardMatcher(text), number: undefined }
  const number = Number(text)
  return { equals: (found) => found === text || (isNumber(found) && Number(found) === number), number }
}

function valueEndsWith(next: string, cursor: Cursor): PatternError {
  return next === '"' || next === '%' ? invalidCharacters(next) : cursor.unexpected()
}

export function isNumber(text: string): boolean {
  return NUMBER.test(text)
}

/** An asterisk at the beginning and at the end stands for any text; anywhere else it is itself. */
export function wildcardMatcher(pattern: string): Matcher {
  if (/^\*+$/.test(pattern)) return () => true
  const isOpenStart = pattern.startsWith('*')
  const isOpenEnd = pattern.endsWith('*')
  const core = pattern.slice(isOpenStart ? 1 : 0, isOpenEnd ? -1 : undefined)
  if (isOpenStart && isOpenEnd) return (text) => text.includes(core)
  if (isOpenStart) return (text) => text.endsWith(core)
  if (isOpenEnd) return (text) => text.startsWith(core)
  return (text) => text === core
}

const ORDERS: Readonly<Record<Operator, (found: number, bound: number) => boolean>> = {
  '<': (found, bound) => found < bound,
  '<=': (found, bound) => found <= bound,
  '>': (found, bound) => found > bound,
  '>=': (found, bound) => found >= bound,
  '=': (found, bound) => found === bound,
  '!=': (found, bound) => found !== bound,
}

/** Compares two numbers as `operator` says. */
export function holdsOrder(operator: Operator, found: number, bound: number): boolean {
  return ORDERS[operator](found, bound)
}
