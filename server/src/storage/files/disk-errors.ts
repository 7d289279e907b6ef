// What errors of the file system mean.
import { DiskFullError } from '../store.ts'

/** A sync failed: the system may have dropped what was written, and would not say so a second time. */
export class SyncFailedError extends Error {
  override readonly name = 'SyncFailedError'
}

const FULL_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** Runs a sync. Throws DiskFullError when the disk is full, SyncFailedError for any other failure. */
export async function syncing(sync: () => Promise<void>): Promise<void> {
  try {
    await sync()
  } catch (error) {
    if (isFull(error)) throw new DiskFullError('the disk is full', { cause: error })
    throw new SyncFailedError('what was written may not be on disk', { cause: error })
  }
}

/** The error as the port names it. */
export function blobErrorOf(error: unknown): unknown {
  return isFull(error) ? new DiskFullError('the disk is full', { cause: error }) : error
}

function isFull(error: unknown): boolean {
  return FULL_CODES.has(errorCode(error))
}

/** The system's name of an error, or an empty text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
