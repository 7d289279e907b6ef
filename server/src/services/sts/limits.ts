// Bounds of STS. Source: STS API reference.

export const ROLE_SESSION_SECONDS_DEFAULT = 3600
export const ROLE_SESSION_SECONDS_MIN = 900
/** A role that is assumed from a role's session: one hour at most. */
export const CHAINED_SESSION_SECONDS_MAX = 3600
export const SESSION_TOKEN_SECONDS_DEFAULT = 43_200
export const SESSION_TOKEN_SECONDS_MAX = 129_600
/** Root may have a session token for an hour. */
export const ROOT_SESSION_SECONDS_MAX = 3600
export const SESSION_POLICY_CHARS_MAX = 2048
export const SESSION_POLICY_ARNS_MAX = 10
export const SESSION_TAGS_MAX = 50
export const TOKEN_CHARS_MAX = 20_000
/** Issuers whose keys are kept. */
export const ISSUERS_CACHED_MAX = 100
export const ISSUER_KEYS_AGE_MAX_MS = 10 * 60 * 1000
export const ISSUER_TIMEOUT_MS = 5000
export const ISSUER_ANSWER_BYTES_MAX = 256 * 1024
