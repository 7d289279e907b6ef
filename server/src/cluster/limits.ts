// Bounds of what nodes agree on.

/** How often a holder shows that it lives. */
export const BEAT_INTERVAL_MS = 1000
/** A holder that was not seen for this long has lost its lease. */
export const LEASE_MS = 5000
