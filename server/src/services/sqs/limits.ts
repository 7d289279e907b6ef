// The bounds of SQS: AWS's quotas (developer guide, "Amazon SQS quotas") and Mayfly's own.

export const MESSAGE_BYTES_MAX = 1_048_576
export const MESSAGE_BYTES_MIN = 1024
/** All messages of one SendMessageBatch together. */
export const BATCH_BYTES_MAX = 1_048_576
export const BATCH_ENTRIES_MAX = 10
export const RECEIVE_MESSAGES_MAX = 10
export const MESSAGE_ATTRIBUTES_MAX = 10
export const ATTRIBUTE_NAME_CHARS_MAX = 256
export const ATTRIBUTE_TYPE_CHARS_MAX = 256
export const QUEUE_NAME_CHARS_MAX = 80
export const BATCH_ENTRY_ID_CHARS_MAX = 80
export const GROUP_ID_CHARS_MAX = 128
export const DEDUPLICATION_ID_CHARS_MAX = 128
export const DEDUPLICATION_WINDOW_MS = 300_000
export const ATTEMPT_WINDOW_MS = 300_000
export const DELAY_SECONDS_MAX = 900
export const WAIT_SECONDS_MAX = 20
export const VISIBILITY_SECONDS_MAX = 43_200
export const RETENTION_SECONDS_MIN = 60
export const RETENTION_SECONDS_MAX = 1_209_600
export const KMS_REUSE_SECONDS_MIN = 60
export const KMS_REUSE_SECONDS_MAX = 86_400
export const RECEIVE_COUNT_MAX = 1000
export const REDRIVE_SOURCES_MAX = 10
/** Messages that were received and neither deleted nor returned, for both kinds of queue. */
export const IN_FLIGHT_MAX = 120_000
export const PURGE_INTERVAL_MS = 60_000
export const QUEUE_TAGS_MAX = 50
export const TAG_KEY_CHARS_MAX = 128
export const TAG_VALUE_CHARS_MAX = 256
export const POLICY_ACTIONS_MAX = 7
export const POLICY_STATEMENTS_MAX = 20
export const POLICY_BYTES_MAX = 8192
/** Any value of a queue's attribute. */
export const ATTRIBUTE_VALUE_CHARS_MAX = 8192
/** AWSTraceHeader does not count as part of the message, so it has a bound of its own. */
export const TRACE_HEADER_CHARS_MAX = 4096
export const LIST_QUEUES_MAX = 1000
export const MOVE_RATE_MAX = 500
/** Tasks that ListMessageMoveTasks can show of one queue; older ones are forgotten. */
export const MOVE_TASKS_KEPT = 10
/** Tasks under way in one account and region. */
export const MOVE_TASKS_ACTIVE_MAX = 100

/** Queues of the whole installation; all their records are in memory. */
export const QUEUES_MAX = 100_000
/** Receives that wait on one queue; further ones are throttled. */
export const WAITING_MAX = 10_000
/** Receive attempts that one FIFO queue remembers; beyond it the oldest are forgotten. */
export const ATTEMPTS_MAX = 10_000
/** How often messages past their retention are looked for, and FIFO's memory of duplicates is thinned out. */
export const SWEEP_INTERVAL_MS = 60_000

/** A commit of the journal closes at the first of these; both leave room for one more operation within the Store's. */
export const JOURNAL_ITEMS_MAX = 1500
export const JOURNAL_BYTES_MAX = 4 * 1024 * 1024
/** Rows that one commit takes from what a purge or a deletion left. */
export const TRASH_ROWS_PER_COMMIT = 500
/** Wait before something in the background is tried again after the store refused. */
export const BACKGROUND_RETRY_MS = 1000
