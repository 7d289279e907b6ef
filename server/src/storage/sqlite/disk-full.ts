const SQLITE_FULL = 13

/** Whether SQLite found no room: what it was told to do did not happen, and may be tried again. */
export function isDiskFull(error: unknown): error is Error {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_FULL
}
