// Bounds of what accounts may be given. Without a quota an account has AWS's own limits.

export const FUNCTIONS_MAX = 1_000_000
export const CONCURRENCY_MAX = 1000
export const STORAGE_BYTES_MAX = 2 ** 50
export const REQUESTS_PER_SECOND_MAX = 1_000_000

/** What an account stores is counted anew at most this often, however often it is at its end. */
export const RECOUNT_AFTER_MS = 1000
/** And no oftener than so many times as long as counting took. */
export const RECOUNT_FACTOR = 20
