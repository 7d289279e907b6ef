// Limits of event source mappings: AWS's (API page of CreateEventSourceMapping; developer guide, "Using Lambda with
// Amazon SQS", "Using AWS Lambda with DynamoDB", "Event filtering") and Mayfly's own.

const MIB = 1024 * 1024

/** The event that a function gets, whatever the batch size. */
export const EVENT_BYTES_MAX = 6 * MIB
export const BATCH_RECORDS_MAX = 10_000
/** FIFO queues, and standard queues without a batching window. */
export const UNWINDOWED_BATCH_RECORDS_MAX = 10
export const WINDOW_S_MAX = 300
export const FILTERS_MAX = 5
export const FILTER_CHARS_MAX = 4096
export const PARALLELIZATION_MAX = 10
export const RETRIES_MAX = 10_000
export const RECORD_AGE_S_MIN = 60
export const RECORD_AGE_S_MAX = 604_800
export const TUMBLING_WINDOW_S_MAX = 900
/** What a function may carry from one invocation of a tumbling window to the next. */
export const WINDOW_STATE_BYTES_MAX = MIB
export const CONCURRENCY_MIN = 2
export const CONCURRENCY_MAX = 1000
export const DESTINATION_CHARS_MAX = 350
export const DEFAULT_QUEUE_BATCH = 10
export const DEFAULT_STREAM_BATCH = 100
/** Rows of one answer of ListEventSourceMappings. */
export const MAPPINGS_PAGE_MAX = 100

/** Batches of a queue that run at once before it is known that more are needed. */
export const FIRST_CONCURRENCY = 5
/** AWS adds up to 300 concurrent invocations a minute while messages wait. */
export const CONCURRENCY_GROWTH_PER_S = 5
/** Receives of one mapping at once while its queue has a backlog. */
export const RECEIVES_MAX = 5
/** How long one receive waits for a first message; the next one begins at once. */
export const RECEIVE_WAIT_MS = 20_000
/** Pause after a receive that ended without messages before its time. */
export const EARLY_END_PAUSE_MS = 100
export const RECEIVE_MESSAGES_MAX = 10

/** Waits before a throttled batch is tried again. */
export const THROTTLE_DELAY_BASE_MS = 50
export const THROTTLE_DELAY_MAX_MS = 5000
/** Waits between the attempts of a batch of a stream that failed. */
export const RETRY_DELAY_BASE_MS = 100
export const RETRY_DELAY_MAX_MS = 30_000
/** Waits after a source or the store refused, or was not there. */
export const TROUBLE_DELAY_BASE_MS = 200
export const TROUBLE_DELAY_MAX_MS = 30_000

/** Records of one page of a shard. */
export const SHARD_PAGE_RECORDS = 1000
/** Records of a shard that were read and are not done yet, beyond the batches that run. */
export const SHARD_HELD_BYTES_MAX = 16 * MIB
/** Shards of a stream are listed again after this time even when nothing woke the mapping. */
export const SHARD_LIST_INTERVAL_MS = 60_000
/** Least time between two listings: every record of a stream wakes its mapping. */
export const SHARD_LIST_PAUSE_MS = 100

/** Of mappings of Kafka; API page of CreateEventSourceMapping. */
export const TOPIC_CHARS_MAX = 249
export const BOOTSTRAP_SERVERS_MAX = 10
export const BOOTSTRAP_SERVER_CHARS_MAX = 300
export const ACCESS_CONFIGURATIONS_MAX = 22
export const CONSUMER_GROUP_CHARS_MAX = 200
