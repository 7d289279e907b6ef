// Timestamps of SQL: reading, writing by pattern, and date arithmetic. Source: S3 user guide, "Date functions" of Amazon S3
// Select: ISO 8601 of any precision, patterns with y, M, d, a, h, H, m, s, S, n, X, x.
import { selectError } from './select-error.ts'
import { Timestamp } from './sql-expression.ts'

const ISO =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?T?(?:(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/
const MINUTE_MS = 60_000

/** Undefined for what is no timestamp. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = ISO.exec(text.trim())
  if (!match) return undefined
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '0', zone] = match
  const offset = offsetOf(zone)
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  const rightMonth = new Date(ms).getUTCMonth() === Number(month) - 1
  if (Number.isNaN(ms) || !rightMonth || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return undefined
  return new Timestamp(ms + Math.floor(Number(`0.${fraction}`) * 1000) - offset * MINUTE_MS, offset)
}

function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

/** ISO 8601, in the offset that it was written with. */
export function timestampText(timestamp: Timestamp): string {
  const text = localOf(timestamp).toISOString().replace('.000Z', 'Z')
  return timestamp.offsetMinutes === 0 ? text : text.replace('Z', offsetText(timestamp.offsetMinutes, ':'))
}

function offsetText(minutes: number, colon: string): string {
  const absolute = Math.abs(minutes)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(absolute / 60))}${colon}${two(absolute % 60)}`
}

/** A date whose UTC fields are the local ones. */
function localOf({ ms, offsetMinutes }: Timestamp): Date {
  return new Date(ms + offsetMinutes * MINUTE_MS)
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const PATTERN =
  /'((?:[^']|'')*)'|(y{1,4}|M{1,5}|d{1,2}|a|h{1,2}|H{1,2}|m{1,2}|s{1,2}|S+|n|X{1,5}|x{1,5})|([A-Za-z])|([^A-Za-z']+)/g

/** TO_STRING. Throws EvaluatorInvalidTimestampFormatPattern. */
export function formatTimestamp(timestamp: Timestamp, pattern: string): string {
  return pattern.replace(
    PATTERN,
    (_all, quoted: string | undefined, field: string | undefined, letter: string | undefined, plain: string) => {
      if (quoted !== undefined) return quoted === '' ? "'" : quoted.replaceAll("''", "'")
      if (letter !== undefined)
        throw selectError(
          'EvaluatorInvalidTimestampFormatPattern',
          `The timestamp format pattern has an invalid symbol: ${letter}`,
        )
      return field === undefined ? plain : fieldText(localOf(timestamp), field, timestamp.offsetMinutes)
    },
  )
}

// oxlint-disable-next-line complexity -- one row per letter of a pattern: a table in the form of a switch
function fieldText(date: Date, field: string, offsetMinutes: number): string {
  const padded = (value: number): string => String(value).padStart(field.length, '0')
  switch (field[0]) {
    case 'y':
      return field.length === 2 ? String(date.getUTCFullYear() % 100).padStart(2, '0') : padded(date.getUTCFullYear())
    case 'M': {
      const name = MONTHS[date.getUTCMonth()] ?? ''
      if (field.length === 3) return name.slice(0, 3)
      if (field.length === 4) return name
      return field.length === 5 ? name.slice(0, 1) : padded(date.getUTCMonth() + 1)
    }
    case 'd':
      return padded(date.getUTCDate())
    case 'a':
      return date.getUTCHours() < 12 ? 'AM' : 'PM'
    case 'h':
      return padded(date.getUTCHours() % 12 === 0 ? 12 : date.getUTCHours() % 12)
    case 'H':
      return padded(date.getUTCHours())
    case 'm':
      return padded(date.getUTCMinutes())
    case 's':
      return padded(date.getUTCSeconds())
    case 'S':
      return String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(field.length, '0').slice(0, field.length)
    case 'n':
      return String(date.getUTCMilliseconds() * 1_000_000)
    case 'X':
      if (offsetMinutes === 0) return 'Z'
      return zoneText(field, offsetMinutes)
    default:
      return zoneText(field, offsetMinutes)
  }
}

function zoneText(field: string, offsetMinutes: number): string {
  if (field.length === 1) return offsetText(offsetMinutes, '').slice(0, 3)
  return offsetText(offsetMinutes, field.length === 3 || field.length === 5 ? ':' : '')
}

const FIXED_MS: Readonly<Record<string, number>> = {
  DAY: 86_400_000,
  HOUR: 3_600_000,
  MINUTE: 60_000,
  SECOND: 1000,
}

/** DATE_ADD; undefined for an unknown part. Months are cut to their last day. */
export function addToTimestamp(part: string, count: number, { ms, offsetMinutes }: Timestamp): Timestamp | undefined {
  const fixed = FIXED_MS[part]
  if (fixed !== undefined) return new Timestamp(ms + count * fixed, offsetMinutes)
  const months = part === 'YEAR' ? 12 * count : part === 'MONTH' ? count : undefined
  if (months === undefined) return undefined
  const date = new Date(ms)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return new Timestamp(date.getTime(), offsetMinutes)
}

/** DATE_DIFF: whole parts from the first to the second; undefined for an unknown part. */
export function timestampDifference(part: string, from: Timestamp, to: Timestamp): number | undefined {
  const fixed = FIXED_MS[part]
  if (fixed !== undefined) return Math.trunc((to.ms - from.ms) / fixed)
  if (part !== 'YEAR' && part !== 'MONTH') return undefined
  const [first, second] = [new Date(from.ms), new Date(to.ms)]
  let months = (second.getUTCFullYear() - first.getUTCFullYear()) * 12 + second.getUTCMonth() - first.getUTCMonth()
  const reached = addToTimestamp('MONTH', months, from)?.ms ?? 0
  if (months > 0 && reached > to.ms) months--
  if (months < 0 && reached < to.ms) months++
  return part === 'YEAR' ? Math.trunc(months / 12) : months
}

/** EXTRACT; undefined for an unknown part. */
export function extractFrom(part: string, timestamp: Timestamp): number | undefined {
  const date = localOf(timestamp)
  switch (part) {
    case 'YEAR':
      return date.getUTCFullYear()
    case 'MONTH':
      return date.getUTCMonth() + 1
    case 'DAY':
      return date.getUTCDate()
    case 'HOUR':
      return date.getUTCHours()
    case 'MINUTE':
      return date.getUTCMinutes()
    case 'SECOND':
      return date.getUTCSeconds()
    case 'TIMEZONE_HOUR':
      return Math.trunc(timestamp.offsetMinutes / 60)
    case 'TIMEZONE_MINUTE':
      return timestamp.offsetMinutes % 60
    default:
      return undefined
  }
}
