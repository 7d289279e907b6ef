// Bounds of the identity room. AWS's own limits name their source.

/** How far a request's clock may be off (AWS: 15 minutes). */
export const CLOCK_SKEW_MAX_MS = 15 * 60 * 1000
/** Longest life of a presigned URL, in seconds (S3: seven days). */
export const PRESIGNED_EXPIRES_MAX_S = 604_800
/** Signing keys kept: one per (access key, day, region, service). */
export const SIGNING_KEYS_MAX = 4096
/** Beginnings of Authorization headers that are remembered with what they say; beyond, all are forgotten. */
export const CREDENTIAL_HEADS_MAX = 1024
/** A longer one is read anew each time. */
export const CREDENTIAL_HEAD_CHARS_MAX = 512
/** Sessions of function instances alive at once; the oldest is dropped beyond. */
export const INSTANCE_SESSIONS_MAX = 50_000
/** Smallest chunk of a chunked upload but the last (S3: 8 KiB). */
export const CHUNK_BYTES_MIN = 8192
/** Longest `size;chunk-signature=...` line. */
export const CHUNK_LINE_BYTES_MAX = 1024
/** All trailer lines of a chunked upload together. */
export const TRAILER_BYTES_MAX = 8192
/** Longest access key id that is looked up. AWS: 16 to 128. */
export const ACCESS_KEY_ID_CHARS_MAX = 128
