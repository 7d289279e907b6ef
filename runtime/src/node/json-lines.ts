// Log events in the JSON form of AWS's Node.js runtime, for functions whose log format is JSON. Source: developer guide,
// "Using structured JSON logs with Node.js".
import { format } from 'node:util'
import type { LineFacts } from './output.ts'

/** From the most to the least detail. */
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']

/** Whether events of `level` are let through where `least` is asked for; an unknown one lets everything through. */
export function isLevelWanted(level: string, least: string | undefined): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least?.toUpperCase() ?? 'TRACE')
}

/** One event. A single value stays what it is; several become text, and the first error among them is told beside it. */
export function jsonLine(level: string, about: LineFacts | undefined, values: readonly unknown[]): string {
  // What is undefined is left out.
  const { requestId, tenantId } = about ?? {}
  const head = { timestamp: new Date().toISOString(), level, requestId, tenantId }
  const [only] = values
  if (values.length <= 1) {
    try {
      return JSON.stringify({ ...head, message: only }, withErrors)
    } catch {
      // Circular, or a getter that throws: as text.
      return JSON.stringify({ ...head, message: format(only) })
    }
  }
  const error = values.slice(1).find((value) => value instanceof Error)
  return JSON.stringify({ ...head, message: format(...values), ...(error && describe(error)) })
}

function withErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? Object.assign(describe(value), value) : value
}

function describe(error: Error): object {
  return {
    errorType: error.constructor.name,
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
  }
}
