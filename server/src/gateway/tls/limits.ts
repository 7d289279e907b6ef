// Bounds of TLS.

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The local authority: long, for every client must be told to trust it. */
export const AUTHORITY_LIFE_MS = 10 * 365 * DAY_MS
export const AUTHORITY_RENEWED_BEFORE_MS = 365 * DAY_MS
/** What it signs. Browsers take at most 398 days. */
export const LEAF_LIFE_MS = 90 * DAY_MS
export const LEAF_RENEWED_BEFORE_MS = 30 * DAY_MS
/** Certificates begin a little earlier, for clients whose clock is late. */
export const CERTIFICATE_BACKDATED_MS = HOUR_MS
/** Names for which certificates are kept; the one that was not asked for the longest goes. */
export const NAMED_CERTIFICATES_MAX = 256
/** How often certificates are looked at: whether their files have changed, or their end is near. */
export const CERTIFICATES_CHECKED_MS = 60_000
/** A given certificate that ends sooner is warned of, once a day. */
export const EXPIRY_WARNED_BEFORE_MS = 14 * DAY_MS
export const EXPIRY_WARNED_EVERY_MS = DAY_MS
/** Longest name that a client may ask for (RFC 1035). */
export const SERVER_NAME_CHARS_MAX = 253
/** Oldest version that is spoken (RFC 8996 deprecates those before). */
export const TLS_VERSION_MIN = 'TLSv1.2'
