// The platform log as one JSON line per event on a stream. Written synchronously where the stream is a file or a pipe, so
// that the last lines before an exit are not lost. Values under names that tell a secret are never written.
import { type Clock, systemClock } from './clock.ts'
import type { Log, LogFields } from './log.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }
const SECRET = /secret|password|token|authorization|signature/i
/** Longest text value, in characters; the rest is cut. */
const TEXT_CHARS_MAX = 16_384

export interface JsonLogOptions {
  /** Least level that is written; default `info`. */
  readonly level?: LogLevel
  /** Takes one line with its line feed. */
  readonly write: (line: string) => void
  readonly clock?: Clock
}

/** A log that writes `{time, level, event, ...fields}`, one object a line. */
export function createJsonLog(options: JsonLogOptions, context: LogFields = {}): Log {
  const { level = 'info', write, clock = systemClock } = options
  const line = (rank: LogLevel, event: string, fields: LogFields = {}): void => {
    if (RANK[rank] < RANK[level]) return
    const time = new Date(clock.nowMs()).toISOString()
    write(`${JSON.stringify({ time, level: rank, event, ...context, ...fields }, plainValue)}\n`)
  }
  return {
    debug: (event, fields) => line('debug', event, fields),
    info: (event, fields) => line('info', event, fields),
    warn: (event, fields) => line('warn', event, fields),
    error: (event, fields) => line('error', event, fields),
    with: (fields) => createJsonLog(options, { ...context, ...fields }),
  }
}

/** Errors with their cause and stack, no secrets, no endless texts, no bytes. */
function plainValue(this: unknown, name: string, value: unknown): unknown {
  // A Buffer has been turned into a list by its toJSON by now: look at what the holder really has.
  const held = (this as Readonly<Record<string, unknown>>)[name]
  if (SECRET.test(name) && (typeof value === 'string' || held instanceof Uint8Array)) return '••••'
  if (value instanceof Error) return describe(value)
  if (typeof value === 'bigint') return value.toString()
  if (held instanceof Uint8Array) return `${held.length} bytes`
  if (typeof value === 'string' && value.length > TEXT_CHARS_MAX) return `${value.slice(0, TEXT_CHARS_MAX)}…`
  return value
}

function describe(error: Error): LogFields {
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && { cause: error.cause }),
  }
}
