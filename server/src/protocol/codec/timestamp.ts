// Timestamps in their three text forms. Reading is lenient, as AWS is: any of the three is taken in any place.
import { InvariantError } from '#base/errors.ts'
import type { TimestampFormat } from '../schema.ts'
import { InputFault } from './fault.ts'

const SECONDS = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const DATE_TIME = /^[+-]?\d{4,6}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)?)?$/
const HTTP_DATE = /^[A-Z][a-z]{2,8}, \d\d?[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d(\.\d+)? (GMT|UTC|[+-]\d{4})$/

/** The longest form is an http-date with a fraction. */
const TEXT_LENGTH_MAX = 64

/** A Date from any of the text forms; throws InputFault. */
export function parseTimestamp(given: string): Date {
  const text = given.trim()
  if (text.length > TEXT_LENGTH_MAX) throw new InputFault('type', 'a timestamp is too long')
  if (SECONDS.test(text)) return dateOfSeconds(Number(text))
  if (HTTP_DATE.test(text)) return valid(Date.parse(text.replace(/-/g, ' ')), text)
  const zone = /[Tt ].*([Zz]|[+-]\d\d:?\d\d)$/.test(text) || text.length === 10 ? '' : 'Z'
  if (DATE_TIME.test(text)) return valid(Date.parse(text.replace(',', '.').replace(' ', 'T') + zone), text)
  throw new InputFault('type', `${text.slice(0, 64)} is not a timestamp`)
}

/** A Date from seconds since 1970 with a fraction; throws InputFault beyond what a Date holds. */
export function dateOfSeconds(seconds: number): Date {
  return valid(Math.round(seconds * 1000), String(seconds))
}

function valid(ms: number, text: string): Date {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) throw new InputFault('type', `${text.slice(0, 64)} is not a timestamp`)
  return date
}

/** Seconds since 1970 with a fraction. `value` is a Date of a handler's answer. */
export function secondsOf(value: unknown): number {
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw new InvariantError('a timestamp must be a Date')
  return value.getTime() / 1000
}

/** How times are written as text. */
export interface TimestampStyle {
  /** Where the shape names no format of its own. */
  readonly format: Exclude<TimestampFormat, 'default'>
  /** A date-time without a fraction leaves it out (S3 writes zeros). */
  readonly wholeSeconds: boolean
  /** Whether an http-date may have a fraction; in headers it may not. */
  readonly httpDateFractions: boolean
}

/** The text form of a handler's Date in `format`. */
export function formatTimestamp(value: unknown, format: TimestampStyle['format'], style: TimestampStyle): string {
  const seconds = secondsOf(value)
  const date = value as Date
  switch (format) {
    case 'date-time': {
      const text = date.toISOString()
      return style.wholeSeconds && text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text
    }
    case 'http-date': {
      const fraction = style.httpDateFractions ? date.getUTCMilliseconds() : 0
      if (fraction === 0) return date.toUTCString()
      return date.toUTCString().replace(' GMT', `.${String(fraction).padStart(3, '0')} GMT`)
    }
    case 'epoch-seconds':
      return String(seconds)
  }
}
