// Limits of Amazon SNS (quotas page, developer guide and API reference, November 2025) and of Mayfly's own.

const DAY_MS = 86_400_000

export const TOPIC_NAME_CHARS_MAX = 256
export const DISPLAY_NAME_CHARS_MAX = 100
export const SUBJECT_CHARS_MAX = 99
/** Message and attributes, of one publish or of all of a batch. */
export const MESSAGE_BYTES_MAX = 256 * 1024
export const BATCH_ENTRIES_MAX = 10
export const BATCH_ID_CHARS_MAX = 80
export const ATTRIBUTE_NAME_CHARS_MAX = 256
/** Raw messages to queues: SQS takes ten attributes. */
export const RAW_ATTRIBUTES_MAX = 10
export const GROUP_ID_CHARS_MAX = 128
export const DEDUPLICATION_ID_CHARS_MAX = 128
export const DEDUPLICATION_WINDOW_MS = 5 * 60_000
export const FIFO_SUBSCRIPTIONS_MAX = 100
export const TAGS_MAX = 50
export const TAG_KEY_CHARS_MAX = 128
export const TAG_VALUE_CHARS_MAX = 256
export const LIST_PAGE = 100
export const POLICY_BYTES_MAX = 30_720
export const DATA_PROTECTION_POLICY_BYTES_MAX = 30_720
export const FILTER_POLICIES_PER_TOPIC_MAX = 200
export const ARCHIVE_DAYS_MAX = 365
export const CUSTOM_USER_DATA_BYTES_MAX = 2048
/** A token that nobody used is forgotten, and its subscription with it. */
export const TOKEN_LIFE_MS = 2 * DAY_MS

/** Of the retry policy for HTTP endpoints. */
export const RETRIES_MAX = 100
export const RETRY_DELAY_S_MAX = 3600
/** SNS gives an HTTP endpoint 15 seconds to answer. */
export const HTTP_TIMEOUT_MS = 15_000
/** Of an endpoint's answer, what goes into the delivery log. */
export const HTTP_ANSWER_BYTES_MAX = 8 * 1024
/** No delivery is tried for longer: the 100,015 attempts for queues and functions take 23 days. */
export const DELIVERY_AGE_MAX_MS = 24 * DAY_MS

/** Subscriptions that one commit of a publish serves; the others follow page by page. */
export const FAN_OUT_PAGE = 200
/** Bytes and number of events that one commit of a publish may hold; the store takes 8 MiB and 2500 items. */
export const FAN_OUT_BYTES_MAX = 3 * 1024 * 1024
export const FAN_OUT_RECORDS_MAX = 1500
/** Messages, and bytes of them, to one FIFO topic that share a commit; and publishes that may wait. */
export const FIFO_BATCH_MAX = 50
export const FIFO_BATCH_BYTES_MAX = 1024 * 1024
export const FIFO_WAITING_MAX = 10_000
/** Archived messages that one step of a replay hands on. */
export const REPLAY_PAGE = 20
/** Topics whose subscriptions are kept in memory. */
export const TOPIC_VIEWS_MAX = 1000
/** Subscriptions that are kept in memory for deliveries. */
export const SUBSCRIPTION_CACHE_MAX = 10_000
/** Signatures that are kept: the same message goes to many subscribers. */
export const SIGNATURES_MAX = 256
/** Emails, texts and pushes that can be read back; the oldest go. */
export const SENT_MESSAGES_MAX = 10_000
export const SENT_PAGE = 100
/** How long a data key of a topic is used, as SNS documents; and data keys that are kept in memory. */
export const DATA_KEY_LIFE_MS = 5 * 60_000
export const DATA_KEYS_MAX = 1000
/** How often what is past its time is removed: tokens, deduplication ids, archives. */
export const SWEEP_INTERVAL_MS = 60_000
export const SWEEP_PAGE = 500
