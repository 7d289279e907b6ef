// What errors of the database mean for the callers of the store.
import { StoreFullError, StoreUnavailableError } from '../store.ts'

const RETRY_CODES: ReadonlySet<string> = new Set(['40001', '40P01'])
const FULL_CODES: ReadonlySet<string> = new Set(['53100', '53200', '53400'])

/** The transaction lost against another one and may simply run again. */
export function isLostRace(error: unknown): boolean {
  return RETRY_CODES.has(codeOf(error))
}

/** The error that the store's caller gets. */
export function storeErrorOf(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  if (FULL_CODES.has(codeOf(error))) return new StoreFullError(`the database is full: ${message}`, { cause: error })
  return new StoreUnavailableError(`the database does not answer: ${message}`, { cause: error })
}

/** The SQLSTATE, or a system error code; empty when there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
