// When a secret is rotated. Source: Secrets Manager user guide, "Schedule expressions in Secrets Manager rotation".
import { readSchedule, type Schedule } from '#events/schedule-expression.ts'
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
  const nextMs = readExpression(expression).next(afterMs)
  if (nextMs === undefined) throw invalidExpression(expression)
  return nextMs
}

/** A secret is rotated at full hours, every few hours at most, in any year. Throws InvalidParameterException. */
function readExpression(expression: string): Schedule {
  const plain = inOneForm(expression)
  const schedule = /^(?:rate\(\d+ (?:hour|day)s?|cron\(0 .+ \*)\)$/.test(plain) ? readSchedule(plain) : undefined
  if (schedule === undefined) throw invalidExpression(expression)
  const { periodMs = DAY_MS } = schedule
  if (periodMs < ROTATION_HOURS_MIN * HOUR_MS || periodMs > ROTATION_DAYS_MAX * DAY_MS)
    throw invalidParameter(`Rotation can be every ${ROTATION_HOURS_MIN} hours to every ${ROTATION_DAYS_MAX} days.`)
  return schedule
}

/** What is written more freely here than in rules of EventBridge: spaces, `rate(1 days)`, `/8`, days without a `?`. */
function inOneForm(expression: string): string {
  const [, kind, inner = ''] = /^(rate|cron)\((.+)\)$/.exec(expression) ?? []
  const fields = inner.trim().split(/\s+/)
  if (kind === 'rate') {
    const [count = '', unit = ''] = fields
    const one = unit.replace(/s$/, '')
    return fields.length === 2 ? `rate(${count} ${count === '1' ? one : `${one}s`})` : expression
  }
  if (kind !== 'cron') return expression
  // AWS writes every eighth hour as `/8`.
  const steps = fields.map((field) => field.replace(/^\//, '*/'))
  // Each day, whichever weekday; each of these weekdays, whichever day.
  const open = steps.includes('?') ? undefined : [4, 2].find((at) => steps[at] === '*')
  if (open !== undefined) steps[open] = '?'
  return `cron(${steps.join(' ')})`
}

function invalidExpression(expression: string) {
  return invalidParameter(`Invalid ScheduleExpression: ${expression}. Use rate(...) or cron(...).`)
}

export function showRules({ days, expression, duration }: RotationRules) {
  return {
    ...(days !== undefined && { AutomaticallyAfterDays: days }),
    ...(expression !== undefined && { ScheduleExpression: expression }),
    ...(duration !== undefined && { Duration: duration }),
  }
}
