// The bounds of S3. Where no source is named the number is Mayfly's own.
import { TRANSACT_ATTEMPTS_MAX } from '#storage/transact.ts'

/** Bytes of a key in UTF-8. Source: S3 user guide, "Naming Amazon S3 objects". */
export const KEY_BYTES_MAX = 1024
/** One upload: PutObject, UploadPart and the source of CopyObject. Source: S3 user guide, "Multipart upload limits". */
export const OBJECT_BYTES_MAX = 5 * 1024 ** 3
/** A multipart object. Source: same page (50 TB since December 2025). */
export const MULTIPART_OBJECT_BYTES_MAX = 50 * 1024 ** 4
/** Every part but the last. Source: same page. */
export const PART_BYTES_MIN = 5 * 1024 ** 2
/** Part numbers run from 1 to this. Source: same page. */
export const PART_NUMBER_MAX = 10_000
/** Names and values of x-amz-meta-* together, bytes in UTF-8. Source: "Working with object metadata". */
export const USER_METADATA_BYTES_MAX = 2048
/** Entries of one page of any listing. Source: ListObjectsV2, ListParts, ListMultipartUploads. */
export const PAGE_MAX = 1000
/** Tags of one object, and the characters of their keys and values. Source: "Categorizing your objects using tags". */
export const TAGS_MAX = 10
export const TAG_KEY_CHARS_MAX = 128
export const TAG_VALUE_CHARS_MAX = 256
/** Keys of one DeleteObjects. Source: its API page. */
export const DELETE_KEYS_MAX = 1000
/** Source: ListBuckets, `MaxBuckets`. */
export const BUCKET_PAGE_MAX = 10_000
/** Buckets of one account. Source: "General purpose bucket quotas" (default 10,000). */
export const BUCKETS_PER_ACCOUNT_MAX = 10_000
/** Event configurations of one bucket. Source: "Amazon S3 endpoints and quotas". */
export const NOTIFICATIONS_MAX = 100
/** Characters of a notification's id. Source: observed message of PutBucketNotificationConfiguration. */
export const NOTIFICATION_ID_MAX = 255
/** Bytes of a filter rule's value. Source: API page of FilterRule. */
export const FILTER_VALUE_BYTES_MAX = 1024

/** Bodies up to this size live in the Store beside their record, larger ones in Blobs. */
export const INLINE_BYTES_MAX = 64 * 1024
/** Keys of one DeleteObjects that share a commit: each takes up to a dozen of the commit's items. */
export const DELETE_BATCH = 150
/** Entries of one page of the clean-up of deleted bodies. */
export const TRASH_BATCH = 250
/** Attempts of DeleteBucket against writers that keep adding: as many races as other transactions may lose. */
export const BUCKET_DELETE_ATTEMPTS = TRANSACT_ATTEMPTS_MAX
/** A body that was replaced between reading its record and opening it is looked up again this often. */
export const READ_ATTEMPTS = 3
/** First page of a listing with a delimiter, entries; doubles while the entries are wanted. */
export const SEEK_PAGE_MIN = 32

/** Grants of one ACL. Source: "Access control list (ACL) overview". */
export const ACL_GRANTS_MAX = 100
/** Rules of one CORS configuration. Source: API page of PutBucketCors. */
export const CORS_RULES_MAX = 100
/** Characters of the ID of a rule (CORS, lifecycle, replication). Source: their API pages. */
export const RULE_ID_CHARS_MAX = 255
/** Rules of one lifecycle configuration. Source: "Amazon S3 endpoints and quotas". */
export const LIFECYCLE_RULES_MAX = 1000
/** Rules of one replication configuration. Source: API page of PutBucketReplication. */
export const REPLICATION_RULES_MAX = 1000
/** Routing rules of one website. Source: "Configuring advanced conditional redirects". */
export const ROUTING_RULES_MAX = 50
/** Tags of one bucket. Source: "Using cost allocation S3 bucket tags". */
export const BUCKET_TAGS_MAX = 50
/** Bytes of a bucket policy. Source: "Amazon S3 endpoints and quotas". */
export const POLICY_BYTES_MAX = 20 * 1024
/** Inventory, analytics, metrics and tiering configurations of one bucket, each kind. Source: same page. */
export const LISTED_CONFIGURATIONS_MAX = 1000
/** Of them in one page. Source: ListBucketInventoryConfigurations ("up to 100"). */
export const LISTED_PAGE = 100
/** Memory for documents of buckets that were read lately. */
export const DOCUMENT_CACHE_BYTES = 32 * 1024 * 1024

/** How long a restore is ongoing, by tier. AWS takes minutes to days; here nothing is copied, only the state is shown. */
export const RESTORE_MS: Readonly<Record<string, number>> = { Expedited: 1000, Standard: 3000, Bulk: 5000 }
/** Days that a restored copy may stay. Source: observed (a signed 32-bit number of days is taken; this is 100 years). */
export const RESTORE_DAYS_MAX = 36_500

/** Default retention of object lock. Source: PutObjectLockConfiguration (at most 100 years). */
export const LOCK_DAYS_MAX = 36_500
export const LOCK_YEARS_MAX = 100
/** How long a bucket key is used for new objects, and kept in memory: a disabled KMS key takes effect after this. */
export const BUCKET_KEY_LIFE_MS = 5 * 60 * 1000
export const BUCKET_KEYS_CACHED_MAX = 1000

/** SelectObjectContent. Source: its API page ("256 KB" for the expression, "1 MB" for a record). */
export const SELECT_EXPRESSION_BYTES_MAX = 256 * 1024
export const SELECT_RECORD_BYTES_MAX = 1024 * 1024
/** Nesting of an expression: an expression of brackets alone must not end the process. */
export const SELECT_DEPTH_MAX = 200
/** Records are sent on in pieces of this size. */
export const SELECT_PIECE_BYTES = 64 * 1024
/** So long without a record, a Cont (or Progress) event shows that the query goes on. */
export const SELECT_SILENCE_MS = 1000
/** A JSON document is held while its records are found in it. */
export const SELECT_DOCUMENT_BYTES_MAX = 64 * 1024 ** 2
/** Uncompressed bytes of one row group. Source: "Amazon S3 Select", limits for Parquet (512 MB); here a group is held. */
export const SELECT_ROW_GROUP_BYTES_MAX = 128 * 1024 ** 2
/** One object of access logs, and all lines that wait in memory. */
export const ACCESS_LOG_BATCH_BYTES_MAX = 1024 * 1024
export const ACCESS_LOG_HELD_BYTES_MAX = 16 * 1024 * 1024

/** The scrubber at leisure: bytes a second, and entries of one page of the Store. */
export const SCRUB_BYTES_PER_SECOND = 32 * 1024 ** 2
export const SCRUB_PAGE = 100
/** Damages that a report names one by one. */
export const SCRUB_FINDINGS_MAX = 1000
/** Keys of one page of a lifecycle round, and how many are changed at once. */
export const LIFECYCLE_PAGE = 500
export const LIFECYCLE_AT_ONCE_MAX = 16
/** Silence of another endpoint, after which a replica is tried again later. */
export const REMOTE_TIMEOUT_MS = 60_000

/** Opened keys of SSE-S3 that are kept: each of a series, or of one object from before there were series. */
export const OWN_KEYS_CACHED_MAX = 10_000
/** Objects whose keys are derived from one key. */
export const SERIES_OBJECTS_MAX = 1_000_000
/** Entries of one page of the plan of restores. */
export const RESTORE_PLAN_BATCH = 100
/** Records of objects that are kept in memory, with the small bodies among them. */
export const SEEN_OBJECTS_BYTES_MAX = 16 * 1024 * 1024
/** Opening a larger body costs little beside sending it. */
export const SEEN_BODY_BYTES_MAX = 8 * 1024
/** Records of buckets that are kept in memory. */
export const BUCKETS_KEPT_MAX = 1000
