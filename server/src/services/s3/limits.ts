// The bounds of S3. Where no source is named the number is Mayfly's own.

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
/** From this size the MD5 of a body is computed beside the main thread: below, the way there costs more than it saves. */
export const MD5_THREAD_BYTES_MIN = 1024 * 1024
/** Bodies that are hashed there at once, each with two buffers. */
export const MD5_THREAD_BODIES_MAX = 8
export const MD5_THREAD_BUFFER_BYTES = 512 * 1024
/** Keys of one DeleteObjects that share a commit: each takes up to five of the commit's items. */
export const DELETE_BATCH = 250
/** Entries of one page of the clean-up of deleted bodies. */
export const TRASH_BATCH = 250
/** Attempts of DeleteBucket against writers that keep adding. */
export const BUCKET_DELETE_ATTEMPTS = 5
/** A body that was replaced between reading its record and opening it is looked up again this often. */
export const READ_ATTEMPTS = 3
/** First page of a listing with a delimiter, entries; doubles while the entries are wanted. */
export const SEEK_PAGE_MIN = 32
