// Values of SQL: how they compare, convert and read. CSV knows only strings: one that reads as a number compares as one with a
// number. Comparing with NULL or MISSING gives NULL, and WHERE takes only TRUE.
import { selectError } from './select-error.ts'
import { type CastType, type Comparison, type SqlValue, Timestamp } from './sql-expression.ts'
import { parseTimestamp, timestampText } from './sql-time.ts'

/** NULL or MISSING. */
export function isNothing(value: SqlValue): value is null | undefined {
  return value === null || value === undefined
}

/** Negative, zero, positive; undefined for values that have no common order. */
export function order(left: SqlValue, right: SqlValue): number | undefined {
  if (typeof left === 'number' || typeof right === 'number') {
    const [one, other] = [numberOf(left), numberOf(right)]
    return one === undefined || other === undefined ? undefined : one - other
  }
  if (left instanceof Timestamp || right instanceof Timestamp) {
    const [one, other] = [momentOf(left), momentOf(right)]
    return one === undefined || other === undefined ? undefined : one - other
  }
  if (typeof left === 'string' && typeof right === 'string') return left === right ? 0 : left < right ? -1 : 1
  if (typeof left === 'boolean' || typeof right === 'boolean') {
    const [one, other] = [booleanOf(left), booleanOf(right)]
    return one === undefined || other === undefined ? undefined : Number(one) - Number(other)
  }
  return undefined
}

/** Null when one side is nothing. */
export function compare(operator: Comparison, left: SqlValue, right: SqlValue): boolean | null {
  if (isNothing(left) || isNothing(right)) return null
  const found = order(left, right)
  if (found === undefined) return operator === '<>'
  switch (operator) {
    case '=':
      return found === 0
    case '<>':
      return found !== 0
    case '<':
      return found < 0
    case '<=':
      return found <= 0
    case '>':
      return found > 0
    case '>=':
      return found >= 0
  }
}

/** A number, or a text that reads as one. */
export function numberOf(value: SqlValue): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value)) return undefined
  return Number(value)
}

function momentOf(value: SqlValue): number | undefined {
  if (value instanceof Timestamp) return value.ms
  return typeof value === 'string' ? parseTimestamp(value)?.ms : undefined
}

function booleanOf(value: SqlValue): boolean | undefined {
  if (typeof value === 'boolean') return value
  const text = typeof value === 'string' ? value.toLowerCase() : undefined
  return text === 'true' ? true : text === 'false' ? false : undefined
}

/** Throws EvaluatorInvalidArguments unless it reads as a number. */
export function demandNumber(value: SqlValue): number {
  const number = numberOf(value)
  if (number === undefined) throw invalidArguments()
  return number
}

/** Throws EvaluatorInvalidArguments for what is no text. */
export function demandText(value: SqlValue): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw invalidArguments()
}

/** Throws EvaluatorInvalidArguments for what is no timestamp and does not read as one. */
export function demandTimestamp(value: SqlValue): Timestamp {
  const found = value instanceof Timestamp ? value : typeof value === 'string' ? parseTimestamp(value) : undefined
  if (!found) throw invalidArguments()
  return found
}

/** The error for arguments of the wrong kind. */
export function invalidArguments(): Error {
  return selectError(
    'EvaluatorInvalidArguments',
    'Incorrect number or types of arguments in the function call in the SQL expression.',
  )
}

/** CAST. Nothing stays nothing. Throws CastFailed. */
export function cast(value: SqlValue, type: CastType): SqlValue {
  if (isNothing(value)) return value
  const found = castOrUndefined(value, type)
  if (found === undefined)
    throw selectError(
      'CastFailed',
      `Attempt to convert from one data type to another using CAST failed in the SQL expression.`,
    )
  return found
}

function castOrUndefined(value: Exclude<SqlValue, null | undefined>, type: CastType): SqlValue {
  switch (type) {
    case 'string':
      return typeof value === 'object' && !(value instanceof Timestamp) ? undefined : textOf(value)
    case 'boolean':
      return typeof value === 'number' ? value !== 0 : booleanOf(value)
    case 'integer': {
      const number = typeof value === 'boolean' ? Number(value) : numberOf(value)
      return number === undefined ? undefined : Math.trunc(number)
    }
    case 'float':
    case 'decimal':
      return typeof value === 'boolean' ? Number(value) : numberOf(value)
    case 'timestamp':
      return value instanceof Timestamp ? value : typeof value === 'string' ? parseTimestamp(value) : undefined
  }
}

/** As it stands in CSV. */
export function textOf(value: SqlValue): string {
  if (isNothing(value)) return ''
  if (value instanceof Timestamp) return timestampText(value)
  return typeof value === 'object' ? JSON.stringify(jsonOf(value)) : String(value)
}

/** As it stands in JSON; members that are MISSING are left out. */
export function jsonOf(value: SqlValue): unknown {
  if (value instanceof Timestamp) return timestampText(value)
  if (Array.isArray(value)) return value.map((one: SqlValue) => jsonOf(one) ?? null)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, jsonOf(one)]))
  return value
}
