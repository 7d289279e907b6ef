// Schedule expressions: `rate(5 minutes)` and `cron(0 10 * * ? *)`, in UTC. Source: EventBridge user guide, "Setting a
// schedule pattern for scheduled rules". The slots of cron expressions are croner's; what AWS writes otherwise, or refuses,
// is told to it here. What a service allows of them is its own business.
import { Cron } from 'croner'

export interface Schedule {
  /** Of a rate: what lies between two slots. */
  readonly periodMs?: number
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
      periodMs,
      next: (afterMs) => afterMs + periodMs,
      skip: (slotMs, fromMs) => slotMs + Math.max(1, Math.ceil((fromMs - slotMs) / periodMs)) * periodMs,
    }
  }
  const [, fields] = CRON.exec(expression) ?? []
  return fields === undefined ? undefined : readCron(fields)
}

/** The last value of minutes, hours, days, months, weekdays and years. */
const LAST = [59, 23, 31, 12, 7, YEAR_MAX]

function readCron(text: string): Schedule | undefined {
  const fields = text.split(' ')
  const [, , day, , weekday = '', year = ''] = fields
  if (fields.length !== LAST.length) return undefined
  // One of the two fields of days says nothing, and is a question mark.
  if ((day === '?') === (weekday === '?')) return undefined
  // Sunday is 1 and Saturday 7; croner takes 0 and 8 as well.
  if (/(?<![#\d])[089]/.test(weekday) || !areYears(year)) return undefined
  const pattern = fields.map((field, index) => inCroner(field, LAST[index] ?? 0)).join(' ')
  let cron: Cron
  try {
    cron = new Cron(`0 ${pattern}`, { timezone: 'UTC', alternativeWeekdays: true })
  } catch {
    return undefined
  }
  const next = (afterMs: number): number | undefined => cron.nextRun(new Date(afterMs))?.getTime()
  return { next, skip: (slotMs, fromMs) => next(Math.max(slotMs, fromMs - 1)) }
}

function areYears(field: string): boolean {
  return (field.match(/\d+/g) ?? []).every(
    (year) => Number(year) <= YEAR_MAX && (Number(year) >= YEAR_MIN || field.includes('/')),
  )
}

/** `5/15`, from 5 on, is `5-59/15` there; `L` as a weekday is Saturday. */
function inCroner(field: string, last: number): string {
  if (last === 7 && field === 'L') return '7'
  return field.replaceAll(/(?<=^|,)(\d+)\/(\d+)/g, `$1-${last}/$2`)
}
