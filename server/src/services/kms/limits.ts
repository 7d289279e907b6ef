// Quotas of KMS. Source: KMS developer guide, "Quotas", and the constraints of the API reference.

export const PLAINTEXT_BYTES_MAX = 4096
export const MESSAGE_BYTES_MAX = 4096
export const RANDOM_BYTES_MAX = 1024
export const POLICY_BYTES_MAX = 32 * 1024
export const TAGS_MAX = 50
export const ALIASES_PER_KEY_MAX = 50
/** AWS has 50,000. Every authorization reads all grants of its key, so they must fit one page of the store. */
export const GRANTS_PER_KEY_MAX = 1000
/** Grants of a deleted key that one commit ends. */
export const GRANTS_ENDED_AT_ONCE = 200
export const PAGE_ITEMS_DEFAULT = 100
export const PAGE_ITEMS_MAX = 1000
export const ROTATION_DAYS_DEFAULT = 365
export const ROTATION_DAYS_MIN = 90
export const ROTATION_DAYS_MAX = 2560
export const ON_DEMAND_ROTATIONS_MAX = 25
export const DELETION_DAYS_DEFAULT = 30
export const DELETION_DAYS_MIN = 7
/** How long parameters for an import are good. */
export const IMPORT_VALID_MS = 24 * 60 * 60 * 1000
/** How far away the end of imported material may be. */
export const IMPORT_EXPIRY_MS_MAX = 366 * 24 * 60 * 60 * 1000
/** Keys that one sweep deletes or rotates in one go. */
export const SWEPT_MAX = 100
