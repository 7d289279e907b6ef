// Bounds of CloudTrail. Source: CloudTrail user guide, "Quotas in AWS CloudTrail", and the API reference.

/** Events in a page of LookupEvents, also its default. */
export const LOOKUP_EVENTS_MAX = 50
/** Attributes that one lookup may ask for. */
export const LOOKUP_ATTRIBUTES_MAX = 1
export const TRAIL_NAME_CHARS_MIN = 3
export const TRAIL_NAME_CHARS_MAX = 128
export const TRAILS_PER_REGION_MAX = 5
export const PREFIX_CHARS_MAX = 200
export const EVENT_SELECTORS_MAX = 5
/** Values of all advanced selectors of a trail. */
export const SELECTOR_VALUES_MAX = 500
export const TAGS_MAX = 50
export const LIST_TAGS_RESOURCES_MAX = 20
/** How often new events are delivered. AWS: about every five minutes. */
export const DELIVERY_INTERVAL_MS = 60_000
/** Records that one round of a trail looks at. */
export const DELIVERY_RECORDS_MAX = 1000
/** How often a digest is delivered. */
export const DIGEST_INTERVAL_MS = 60 * 60 * 1000
/** Log files of one digest; beyond, it is delivered earlier. */
export const DIGEST_FILES_MAX = 500
/** Life of a key that signs digests, as it is told. */
export const SIGNING_KEY_LIFE_MS = 10 * 365 * 24 * 60 * 60 * 1000
export const SIGNING_KEY_BITS = 2048
