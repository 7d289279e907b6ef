// When a secret is rotated. Source: Secrets Manager user guide, "Schedule expressions in Secrets Manager rotation".
import { Cron } from 'croner'
import { invalidParameter } from './errors.ts'
import { ROTATION_DAYS_MAX, ROTATION_HOURS_MIN, ROTATION_WINDOW_HOURS_MAX } from './limits.ts'

/** One of the two is given. */
export interface RotationRules {
  readonly days?: number
  /** `rate(10 days)`, `rate(4 hours)`, or `cron(...)` with AWS's six fields, in UTC. */
  readonly expression?: string
  /** `3h`: kept and shown; a rotation begins when it is due. */
  readonly duration?: string
}

interface RulesInput {
  readonly AutomaticallyAfterDays?: number | undefined
  readonly ScheduleExpression?: string | undefined
  readonly Duration?: string | undefined
}

const HOUR_MS = 60 * 60 * 1000
const DAY_MS = 24 * HOUR_MS

/** Undefined where none are given. Throws InvalidParameterException. */
export function readRules(input: RulesInput | undefined): RotationRules | undefined {
  if (input === undefined) return undefined
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression, Duration: duration } = input
  if (days === undefined && expression === undefined && duration === undefined) return undefined
  if (days !== undefined && expression !== undefined)
    throw invalidParameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.")
  if (days !== undefined && (!Number.isInteger(days) || days < 1 || days > ROTATION_DAYS_MAX))
    throw invalidParameter(`AutomaticallyAfterDays must be between 1 and ${ROTATION_DAYS_MAX}.`)
  const hours = duration === undefined ? 1 : Number(/^(\d{1,2})h$/.exec(duration)?.[1] ?? 0)
  if (hours < 1 || hours > ROTATION_WINDOW_HOURS_MAX)
    throw invalidParameter(`Duration must be 1h to ${ROTATION_WINDOW_HOURS_MAX}h.`)
  const rules = {
    ...(days !== undefined && { days }),
    ...(expression !== undefined && { expression }),
    ...(duration !== undefined && { duration }),
  }
  nextRotationMs(rules, 0)
  return rules
}

/** When the next rotation is due after this time; undefined for rules without a schedule. Throws InvalidParameterException. */
export function nextRotationMs({ days, expression }: RotationRules, afterMs: number): number | undefined {
  if (days !== undefined) return afterMs + days * DAY_MS
  if (expression === undefined) return undefined
  return rateMs(expression, afterMs) ?? cronMs(expression, afterMs)
}

function rateMs(expression: string, afterMs: number): number | undefined {
  const [, number, unit = ''] = /^rate\(\s*(\d{1,5})\s+(hours?|days?)\s*\)$/.exec(expression) ?? []
  if (number === undefined) return undefined
  const hours = Number(number) * (unit.startsWith('day') ? 24 : 1)
  if (hours < ROTATION_HOURS_MIN || hours > ROTATION_DAYS_MAX * 24)
    throw invalidParameter(`Rotation can be every ${ROTATION_HOURS_MIN} hours to every ${ROTATION_DAYS_MAX} days.`)
  return afterMs + hours * HOUR_MS
}

function cronMs(expression: string, afterMs: number): number {
  const fields = /^cron\(\s*(\S+(?:\s+\S+){5})\s*\)$/.exec(expression)?.[1]?.split(/\s+/)
  const invalid = invalidParameter(`Invalid ScheduleExpression: ${expression}. Use rate(...) or cron(...).`)
  // The minute is 0 and the year is any.
  if (fields === undefined || fields[0] !== '0' || fields[5] !== '*') throw invalid
  // AWS writes every eighth hour as `/8`.
  const steps = fields.slice(0, 5).map((field) => field.replace(/^\//, '*/'))
  let next: Date | null
  try {
    const cron = new Cron(`0 ${steps.join(' ')}`, { timezone: 'UTC', alternativeWeekdays: true })
    next = cron.nextRun(new Date(afterMs))
  } catch {
    throw invalid
  }
  if (next === null) throw invalid
  return next.getTime()
}

export function showRules({ days, expression, duration }: RotationRules) {
  return {
    ...(days !== undefined && { AutomaticallyAfterDays: days }),
    ...(expression !== undefined && { ScheduleExpression: expression }),
    ...(duration !== undefined && { Duration: duration }),
  }
}
