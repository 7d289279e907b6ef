// Bounds of CloudTrail. Source: CloudTrail user guide, "Quotas in AWS CloudTrail", and the API reference.

/** Events in a page of LookupEvents, also its default. */
export const LOOKUP_EVENTS_MAX = 50
/** Attributes that one lookup may ask for. */
export const LOOKUP_ATTRIBUTES_MAX = 1
