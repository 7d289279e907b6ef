// The server's log as a person at a terminal reads it: one short line for each event. Scripts and services get JSON.
import type { Log, LogFields } from '@mayfly/server/base/log.ts'
import type { Output } from './output.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
/** Fields that say where a line comes from, not what happened. */
const ORIGIN = new Set(['room', 'requestId', 'operation', 'who', 'action', 'resource', 'encoded', 'because', 'remedy'])
const VALUE_CHARS_MAX = 200

/** Writes to standard error what is at least as grave as `level`. */
export function terminalLog(output: Output, level: LogLevel, bound: LogFields = {}): Log {
  const write =
    (at: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(at) >= LEVELS.indexOf(level)) output.serverLine(at, lineOf(event, { ...bound, ...fields }))
    }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: (fields) => terminalLog(output, level, { ...bound, ...fields }),
  }
}

/** `event: message  key=value`; a denial says how to learn more. */
export function lineOf(event: string, fields: LogFields): string {
  const { message, error, requestId, remedy, ...others } = fields
  const text = [event]
  const told = message ?? (error instanceof Error ? error.message : error)
  if (told !== undefined) text.push(`: ${show(told)}`)
  for (const [name, value] of Object.entries(others))
    if (!ORIGIN.has(name) && value !== undefined) text.push(` ${name}=${show(value)}`)
  if (remedy !== undefined && requestId !== undefined) text.push(` (mayfly explain ${show(requestId)})`)
  return text.join('')
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text
}
