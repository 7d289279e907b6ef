// Quotas of Parameter Store. Source: Systems Manager endpoints and quotas, and the PutParameter reference.

export const NAME_CHARS_MAX = 1011
export const HIERARCHY_LEVELS_MAX = 15
export const STANDARD_VALUE_BYTES_MAX = 4096
export const ADVANCED_VALUE_BYTES_MAX = 8192
export const VERSIONS_MAX = 100
export const LABELS_PER_VERSION_MAX = 10
/** Of an account in one region. */
export const PARAMETERS_MAX = { Standard: 10_000, Advanced: 100_000 }
export const NAMES_PER_CALL_MAX = 10
export const TAGS_MAX = 50
export const PAGE_ITEMS_DEFAULT = 10
export const PAGE_ITEMS_MAX = 50
export const DESCRIBE_ITEMS_MAX = 50
/** Records that one read of a list takes from the store. */
export const SCAN_ITEMS = 200
/** How long a user's pattern may take. */
export const PATTERN_TIMEOUT_MS = 50
