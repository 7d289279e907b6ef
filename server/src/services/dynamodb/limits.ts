// Bounds of DynamoDB, as "Quotas in Amazon DynamoDB" documents them where AWS has them.

export const PAGE_BYTES_MAX = 1024 * 1024
export const BATCH_GET_KEYS_MAX = 100
/** All items of one BatchGetItem answer. */
export const BATCH_GET_BYTES_MAX = 16 * 1024 * 1024
export const BATCH_WRITE_ITEMS_MAX = 25
export const SEGMENTS_MAX = 1_000_000

export const NAME_CHARS_MIN = 3
export const NAME_CHARS_MAX = 255
export const TABLES_MAX = 2500
export const LIST_TABLES_MAX = 100
export const LOCAL_INDEXES_MAX = 5
export const GLOBAL_INDEXES_MAX = 20
/** Projected attributes, over all indexes of a table. */
export const NON_KEY_ATTRIBUTES_MAX = 100
export const TAGS_MAX = 50
export const TAGS_PAGE_MAX = 10
export const CAPACITY_UNITS_MAX = 40_000
export const ACCOUNT_CAPACITY_UNITS_MAX = 80_000

/** Attempts of one write against writers of other processes. */
export const WRITE_ATTEMPTS_MAX = 20
/** Between two attempts, at random up to this. */
export const RACE_PAUSE_MS_MAX = 50
/** Tables that are kept compiled in memory. */
export const TABLES_KEPT_MAX = 5000
/** Entries that one read of the store asks for first; later reads follow from the sizes seen. */
export const READ_ENTRIES_FIRST = 32
/** Encoded items longer than this are kept compressed: JSON of an item may be several times the item's size. */
export const COMPRESS_FROM_BYTES = 512 * 1024
/** Sort keys of the table in an index key up to this length stand there as they are. */
export const TRAILING_KEY_BYTES_MAX = 256

/** Seconds of unused capacity that a table saves up: "Burst capacity". */
export const BURST_SECONDS = 300

/** Items that a background job (backfill, restore, deletion) moves at once. */
export const JOB_BATCH_ITEMS = 200
/** Between two batches of a job, so that requests go first. */
export const JOB_PAUSE_MS = 1
/** Background jobs at the same time. */
export const JOBS_AT_ONCE_MAX = 4
/** A job that failed is tried again after this time. */
export const JOB_RETRY_MS = 5000

/** How often expired items are looked for. */
export const TTL_SWEEP_MS = 10_000
/** Items whose time lies further back are never deleted: "Time to Live", so that a wrong attribute deletes nothing old. */
export const TTL_AGE_SECONDS_MAX = 5 * 365 * 24 * 60 * 60

export const RECOVERY_DAYS_MAX = 35
export const RECOVERY_DAYS_MIN = 1

/** How often counts of items and bytes are stored. */
export const SIZES_FLUSH_MS = 10_000
/** Values that a background job writes at once. */
export const JOB_COMMIT_BYTES = 2 * 1024 * 1024
/** Text of one file of an export, before it is compressed. */
export const EXPORT_FILE_BYTES = 16 * 1024 * 1024
/** A line of an import: an item as DynamoDB JSON, with its escapes. */
export const IMPORT_LINE_CHARS_MAX = 4 * 1024 * 1024
/** How often history that is too old is looked for. */
export const HISTORY_SWEEP_MS = 10 * 60 * 1000
