// The functions of SQL. Source: S3 user guide, "SQL functions" of Amazon S3 Select. Where an argument is nothing, so is the
// result, but for COALESCE and NULLIF.
import { selectError } from './select-error.ts'
import { type SqlValue, Timestamp } from './sql-expression.ts'
import { addToTimestamp, extractFrom, formatTimestamp, timestampDifference } from './sql-time.ts'
import { compare, demandNumber, demandText, demandTimestamp, invalidArguments, isNothing } from './sql-values.ts'

type SqlFunction = (args: readonly SqlValue[], nowMs: number) => SqlValue

interface FunctionRow {
  readonly argsMin: number
  readonly argsMax: number
  readonly call: SqlFunction
}

const length: SqlFunction = ([text]) => Array.from(demandText(text)).length

/** Functions that see nothing as nothing. */
const TOTAL: Readonly<Record<string, FunctionRow>> = {
  COALESCE: { argsMin: 1, argsMax: 100, call: (args) => args.find((value) => !isNothing(value)) ?? null },
  NULLIF: {
    argsMin: 2,
    argsMax: 2,
    call: ([left, right]) => (compare('=', left, right) === true ? null : left),
  },
  UTCNOW: { argsMin: 0, argsMax: 0, call: (_args, nowMs) => new Timestamp(nowMs) },
}

const FUNCTIONS: Readonly<Record<string, FunctionRow>> = {
  CHAR_LENGTH: { argsMin: 1, argsMax: 1, call: length },
  CHARACTER_LENGTH: { argsMin: 1, argsMax: 1, call: length },
  LOWER: { argsMin: 1, argsMax: 1, call: ([text]) => demandText(text).toLowerCase() },
  UPPER: { argsMin: 1, argsMax: 1, call: ([text]) => demandText(text).toUpperCase() },
  SUBSTRING: { argsMin: 2, argsMax: 3, call: substring },
  TRIM: { argsMin: 3, argsMax: 3, call: trim },
  TO_TIMESTAMP: { argsMin: 1, argsMax: 1, call: ([text]) => demandTimestamp(text) },
  TO_STRING: {
    argsMin: 2,
    argsMax: 2,
    call: ([moment, pattern]) => formatTimestamp(demandTimestamp(moment), demandText(pattern)),
  },
  DATE_ADD: {
    argsMin: 3,
    argsMax: 3,
    call: ([part, count, moment]) =>
      known(addToTimestamp(demandText(part), demandNumber(count), demandTimestamp(moment))),
  },
  DATE_DIFF: {
    argsMin: 3,
    argsMax: 3,
    call: ([part, from, to]) =>
      known(timestampDifference(demandText(part), demandTimestamp(from), demandTimestamp(to))),
  },
  EXTRACT: {
    argsMin: 2,
    argsMax: 2,
    call: ([part, moment]) => known(extractFrom(demandText(part), demandTimestamp(moment))),
  },
}

/** Throws UnsupportedFunction or EvaluatorInvalidArguments; called for every call of a statement before it runs. */
export function checkCall(name: string, count: number): void {
  const row = TOTAL[name] ?? FUNCTIONS[name]
  if (!row) throw selectError('UnsupportedFunction', `Encountered an unsupported SQL function: ${name}`)
  if (count < row.argsMin || count > row.argsMax) throw invalidArguments()
}

/** Calls a function. Throws EvaluatorInvalidArguments. */
export function callFunction(name: string, args: readonly SqlValue[], nowMs: number): SqlValue {
  const total = TOTAL[name]
  if (total) return total.call(args, nowMs)
  if (args.some(isNothing)) return null
  return FUNCTIONS[name]?.call(args, nowMs)
}

function known<T>(found: T | undefined): T {
  if (found === undefined) throw invalidArguments()
  return found
}

/** Positions begin at 1; what lies before the text counts, as in SQL. */
function substring([value, from, count]: readonly SqlValue[]): SqlValue {
  const letters = Array.from(demandText(value))
  const start = demandNumber(from) - 1
  const end = count === undefined ? letters.length : start + demandNumber(count)
  if (end < start) throw invalidArguments()
  return letters.slice(Math.max(0, start), Math.max(0, end)).join('')
}

function trim([side, characters, value]: readonly SqlValue[]): SqlValue {
  const cut = new Set(demandText(characters))
  const letters = Array.from(demandText(value))
  let start = 0
  let end = letters.length
  if (side !== 'TRAILING') while (start < end && cut.has(letters[start] ?? '')) start++
  if (side !== 'LEADING') while (end > start && cut.has(letters[end - 1] ?? '')) end--
  return letters.slice(start, end).join('')
}
