// Quotas of Secrets Manager. Source: AWS Secrets Manager user guide, "Quotas".

export const SECRET_BYTES_MAX = 65_536
export const NAME_CHARS_MAX = 512
export const VERSIONS_MAX = 100
export const STAGES_PER_VERSION_MAX = 20
export const TAGS_MAX = 50
export const POLICY_BYTES_MAX = 20_480
export const RECOVERY_DAYS_DEFAULT = 30
export const RECOVERY_DAYS_MIN = 7
export const PAGE_ITEMS_DEFAULT = 100
export const PAGE_ITEMS_MAX = 100
export const BATCH_SECRETS_MAX = 20
export const PASSWORD_CHARS_DEFAULT = 32
export const PASSWORD_CHARS_MAX = 4096
/** Records that one read of a list takes from the store. */
export const SCAN_ITEMS = 200
/** Secrets that one sweep deletes. */
export const SWEPT_MAX = 100
