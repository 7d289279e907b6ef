// Bounds of the audit trail. AWS's own limits name their source.

const KIB = 1024
const MIB = 1024 * KIB
const DAY_MS = 24 * 60 * 60 * 1000

/** How long records are kept. Source: CloudTrail user guide, "Working with CloudTrail event history" (90 days). */
export const RECORD_AGE_MAX_MS = 90 * DAY_MS
/** Records kept of one account; the oldest go first, however young. */
export const RECORDS_MAX = 2_000_000
/** How often records that are too old are looked for. */
export const SWEEP_INTERVAL_MS = 60 * 60 * 1000
/** Records that one commit of the sweep deletes. */
export const SWEPT_MAX = 500

/** Records that one commit adds. */
export const BATCH_MAX = 500
export const BATCH_BYTES_MAX = 8 * MIB
/** Records of one account that wait for their commit; beyond, calls are answered as when the server is overloaded. */
export const PENDING_MAX = 5000
/** Accounts whose head is kept in memory. */
export const HEADS_CACHED_MAX = 10_000

/** requestParameters, and responseElements. Source: CloudTrail user guide, "CloudTrail record contents" (100 KB). */
export const ELEMENT_BYTES_MAX = 100 * KIB
/** userAgent, and errorMessage. Source: the same page (1 KB). */
export const TEXT_CHARS_MAX = 1024

/**
 * Refused callers without an account, and refusals of data calls, that are recorded for one account: at once, and per
 * second. The records after it say how many were left out.
 */
export const REFUSALS_BURST = 100
export const REFUSALS_PER_SECOND = 10

/** Records read at a time. */
export const PAGE_RECORDS = 500
/** Records that one search looks at. */
export const SEARCHED_MAX = 20_000
/** How far records may be out of the order of their times: calls of one moment, and clocks that are set. */
export const DISORDER_MAX_MS = 2 * 60 * 1000
