// A disk that takes no more while something is unpacked: no fault of what is unpacked, and told as a full disk is elsewhere.
import { DiskFullError } from '#storage/store.ts'

const FULL_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT'])

/** The error as callers know it: DiskFullError, or itself. */
export function unpackingError(error: unknown): unknown {
  const isFull = error instanceof Error && 'code' in error && FULL_CODES.has(error.code)
  return isFull ? new DiskFullError('the disk is full', { cause: error }) : error
}
