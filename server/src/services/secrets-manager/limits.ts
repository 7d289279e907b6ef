// Quotas of Secrets Manager. Source: AWS Secrets Manager user guide, "Quotas".

export const SECRET_BYTES_MAX = 65_536
export const NAME_CHARS_MAX = 512
export const VERSIONS_MAX = 100
export const STAGES_PER_VERSION_MAX = 20
export const TAGS_MAX = 50
export const POLICY_BYTES_MAX = 20_480
export const RECOVERY_DAYS_DEFAULT = 30
export const RECOVERY_DAYS_MIN = 7
/** Source: user guide, "Rotation schedules". */
export const ROTATION_DAYS_MAX = 1000
export const ROTATION_HOURS_MIN = 4
export const ROTATION_WINDOW_HOURS_MAX = 24
/** Waits before a step of a rotation that failed runs again; after the last one the rotation waits for the next call. */
export const ROTATION_RETRY_DELAYS_MS = [10_000, 60_000, 300_000]
export const ROTATION_AGE_MS_MAX = 24 * 60 * 60 * 1000
/** Replicas of one secret; there are not more regions. */
export const REPLICAS_MAX = 40
export const PAGE_ITEMS_DEFAULT = 100
export const PAGE_ITEMS_MAX = 100
export const BATCH_SECRETS_MAX = 20
export const PASSWORD_CHARS_DEFAULT = 32
export const PASSWORD_CHARS_MAX = 4096
/** Records that one read of a list takes from the store. */
export const SCAN_ITEMS = 200
/** Secrets that one sweep deletes. */
export const SWEPT_MAX = 100
