// The limits of CloudWatch Logs, from its API reference and its page of quotas.

/** One PutLogEvents: the bytes of all messages in UTF-8, plus 26 for each event. */
export const BATCH_BYTES_MAX = 1_048_576
export const BATCH_EVENTS_MAX = 10_000
export const BATCH_SPAN_MS_MAX = 24 * 3_600_000
/** One event, counted like a batch. */
export const EVENT_BYTES_MAX = 1_048_576
/** Events older than this, or further in the future, are rejected. */
export const EVENT_AGE_MS_MAX = 14 * 86_400_000
export const EVENT_FUTURE_MS_MAX = 2 * 3_600_000

/** One page of GetLogEvents or FilterLogEvents. */
export const PAGE_EVENTS_MAX = 10_000
export const PAGE_BYTES_MAX = 1_048_576
/** Message bytes that FilterLogEvents looks through for one page; then it answers what it has, and a token. */
export const SCAN_BYTES_MAX = 32 * 1_048_576
/** Time after which FilterLogEvents answers what it has, and a token. */
export const SCAN_MS_MAX = 2_000

export const DESCRIBE_MAX = 50
/** Streams by name or prefix in one request. */
export const STREAM_NAMES_MAX = 100
/** Streams that FilterLogEvents takes by prefix (not AWS's limit: there it is said of the names only). */
export const PREFIX_STREAMS_MAX = 10_000
export const FILTER_PATTERN_CHARS_MAX = 1024
export const TEST_MESSAGES_MAX = 50
export const TAGS_MAX = 50

/** Days that PutRetentionPolicy takes. */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

export const TAIL_GROUPS_MAX = 10
export const TAIL_UPDATE_EVENTS_MAX = 500
export const TAIL_UPDATE_INTERVAL_MS = 1000
export const TAIL_SESSION_MS_MAX = 3 * 3_600_000
