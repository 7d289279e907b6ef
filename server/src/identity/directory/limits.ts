// Bounds of the directory.

/** Users and roles whose permissions are kept in memory. */
export const IDENTITIES_CACHED_MAX = 10_000
/** Access keys and sessions kept in memory. */
export const CREDENTIALS_CACHED_MAX = 50_000
/** Expired sessions that one sweep deletes in one commit. */
export const SESSIONS_SWEPT_MAX = 500
