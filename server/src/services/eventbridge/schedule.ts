// Schedule expressions: `rate(5 minutes)` and `cron(0 10 * * ? *)`, in UTC. Source: EventBridge user guide, "Setting a
// schedule pattern for scheduled rules". The next slot of a cron expression is found field by field, never by walking the
// minutes.

export interface Schedule {
  /** The first slot after `afterMs`; undefined when there will never be one. */
  next(afterMs: number): number | undefined
  /** The first of the slots that follow the slot `slotMs` and are not before `fromMs`. */
  skip(slotMs: number, fromMs: number): number | undefined
}

const MINUTE_MS = 60_000
const UNITS_MS: Readonly<Record<string, number>> = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: 1440 * MINUTE_MS }
const RATE = /^rate\(([1-9]\d{0,8}) (minute|hour|day)(s?)\)$/
const CRON = /^cron\(([^()]+)\)$/
const YEAR_MIN = 1970
const YEAR_MAX = 2199

/** Undefined for what is not a schedule expression. */
export function readSchedule(expression: string): Schedule | undefined {
  const [, count, unit = '', plural] = RATE.exec(expression) ?? []
  if (count !== undefined) {
    // One minute, two minutes: the other way round is refused.
    if ((count === '1') !== (plural === '')) return undefined
    const periodMs = Number(count) * (UNITS_MS[unit] ?? MINUTE_MS)
    return {
      next: (afterMs) => afterMs + periodMs,
      skip: (slotMs, fromMs) => slotMs + Math.max(1, Math.ceil((fromMs - slotMs) / periodMs)) * periodMs,
    }
  }
  const [, fields] = CRON.exec(expression) ?? []
  return fields === undefined ? undefined : readCron(fields)
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

interface FieldRules {
  readonly min: number
  readonly max: number
  readonly names: readonly string[]
}

const MINUTES: FieldRules = { min: 0, max: 59, names: [] }
const HOURS: FieldRules = { min: 0, max: 23, names: [] }
const DAYS: FieldRules = { min: 1, max: 31, names: [] }
const MONTH: FieldRules = { min: 1, max: 12, names: MONTHS }
const WEEKDAY: FieldRules = { min: 1, max: 7, names: WEEKDAYS }
const YEARS: FieldRules = { min: YEAR_MIN, max: YEAR_MAX, names: [] }

/** Which days of a month. */
type DayRule = (year: number, month: number) => ReadonlySet<number>

function readCron(text: string): Schedule | undefined {
  const [minuteText = '', hourText = '', dayText = '', monthText = '', weekdayText = '', yearText = '', ...more] =
    text.split(' ')
  if (more.length > 0 || yearText === '') return undefined
  // One of the two fields of days says nothing, and is a question mark.
  if ((dayText === '?') === (weekdayText === '?')) return undefined
  const minutes = readValues(minuteText, MINUTES)
  const hours = readValues(hourText, HOURS)
  const months = readValues(monthText, MONTH)
  const years = readValues(yearText, YEARS)
  const days = weekdayText === '?' ? readDays(dayText) : readWeekdays(weekdayText)
  if (!minutes || !hours || !months || !years || !days) return undefined
  const next = (afterMs: number): number | undefined => nextSlot({ minutes, hours, months, years, days }, afterMs)
  return { next, skip: (slotMs, fromMs) => next(Math.max(slotMs, fromMs - 1)) }
}

interface CronFields {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly months: readonly number[]
  readonly years: readonly number[]
  readonly days: DayRule
}

function nextSlot({ minutes, hours, months, years, days }: CronFields, afterMs: number): number | undefined {
  const from = new Date((Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS)
  const fromMs = from.getTime()
  for (const year of years) {
    if (year < from.getUTCFullYear()) continue
    for (const month of months) {
      if (Date.UTC(year, month, 1) <= fromMs) continue
      for (const day of [...days(year, month)].toSorted((one, other) => one - other)) {
        if (Date.UTC(year, month - 1, day + 1) <= fromMs) continue
        for (const hour of hours)
          for (const minute of minutes) {
            const slotMs = Date.UTC(year, month - 1, day, hour, minute)
            if (slotMs >= fromMs) return slotMs
          }
      }
    }
  }
  return undefined
}

/** `*`, `1,2`, `1-5`, `0/15`, names where there are any. In order; undefined for anything else. */
function readValues(text: string, rules: FieldRules): readonly number[] | undefined {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const [range = '', stepText, ...more] = part.split('/')
    const step = stepText === undefined ? 1 : /^[1-9]\d{0,4}$/.test(stepText) ? Number(stepText) : undefined
    const bounds = readRange(range, rules, stepText !== undefined)
    if (bounds === undefined || step === undefined || more.length > 0) return undefined
    for (let value = bounds[0]; value <= bounds[1]; value += step) found.add(value)
  }
  return [...found].toSorted((one, other) => one - other)
}

function readRange(text: string, rules: FieldRules, isStepped: boolean): readonly [number, number] | undefined {
  if (text === '*') return [rules.min, rules.max]
  const [firstText = '', lastText, ...more] = text.split('-')
  const first = readValue(firstText, rules)
  // `5/15`: from 5 on.
  const last = lastText === undefined ? (isStepped ? rules.max : first) : readValue(lastText, rules)
  if (first === undefined || last === undefined || more.length > 0 || last < first) return undefined
  return [first, last]
}

function readValue(text: string, { min, max, names }: FieldRules): number | undefined {
  const named = names.indexOf(text.toUpperCase())
  if (named >= 0) return named + min
  if (!/^\d{1,4}$/.test(text)) return undefined
  const value = Number(text)
  return value >= min && value <= max ? value : undefined
}

function lengthOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** 1 (Sunday) to 7. */
function weekdayOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1
}

/** Values, `L` (the last day of the month), `3W` (the weekday nearest to the third). */
function readDays(text: string): DayRule | undefined {
  if (text === 'L') return (year, month) => new Set([lengthOf(year, month)])
  const [, nearest] = /^(\d{1,2})W$/.exec(text) ?? []
  if (nearest !== undefined) {
    const day = readValue(nearest, DAYS)
    return day === undefined ? undefined : (year, month) => nearestWeekday(year, month, day)
  }
  const values = readValues(text, DAYS)
  return values && ((year, month) => new Set(values.filter((day) => day <= lengthOf(year, month))))
}

/** Within its month. */
function nearestWeekday(year: number, month: number, day: number): ReadonlySet<number> {
  const length = lengthOf(year, month)
  if (day > length) return new Set()
  const weekday = weekdayOf(year, month, day)
  if (weekday === 7) return new Set([day === 1 ? 3 : day - 1])
  if (weekday === 1) return new Set([day === length ? day - 2 : day + 1])
  return new Set([day])
}

/** Values, `L` (Saturday), `6L` (the last Friday of the month), `3#2` (the second Tuesday of the month). */
function readWeekdays(text: string): DayRule | undefined {
  if (text === 'L') return daysOn(new Set([7]))
  const [, last] = /^(\w{1,3})L$/.exec(text) ?? []
  if (last !== undefined) {
    const weekday = readValue(last, WEEKDAY)
    return weekday === undefined
      ? undefined
      : (year, month) => new Set([...daysOn(new Set([weekday]))(year, month)].slice(-1))
  }
  const [, which, nth] = /^(\w{1,3})#([1-5])$/.exec(text) ?? []
  if (which !== undefined) {
    const weekday = readValue(which, WEEKDAY)
    const at = Number(nth) - 1
    return weekday === undefined
      ? undefined
      : (year, month) => new Set([...daysOn(new Set([weekday]))(year, month)].slice(at, at + 1))
  }
  const values = readValues(text, WEEKDAY)
  return values && daysOn(new Set(values))
}

/** The days of a month that fall on these weekdays, in order. */
function daysOn(weekdays: ReadonlySet<number>): DayRule {
  return (year, month) =>
    new Set(
      Array.from({ length: lengthOf(year, month) }, (_, index) => index + 1).filter((day) =>
        weekdays.has(weekdayOf(year, month, day)),
      ),
    )
}
