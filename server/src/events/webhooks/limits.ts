// The bounds of incoming webhooks.

export const WEBHOOKS_MAX = 1000
export const NAME_CHARS_MAX = 64
export const SECRET_CHARS_MAX = 512
/** Of a call. GitHub sends up to 25 MB; what is over this does not fit into an event. */
export const BODY_BYTES_MAX = 768 * 1024
/** What a topic takes. */
export const TOPIC_BODY_BYTES_MAX = 192 * 1024
/** How far the time that a sender signed may lie from ours: Stripe and Slack both say five minutes. */
export const TOLERANCE_MS = 5 * 60_000
/** A second call with the same delivery id within this time is the first one, sent again. */
export const DUPLICATE_WINDOW_MS = 10 * 60_000
/** Delivery ids that are forgotten with each call, so that they do not gather. */
export const FORGET_PAGE = 20
/** Signatures of one scheme in one header: while a secret changes there are two. */
export const SIGNATURES_MAX = 10
export const DELIVERY_ID_CHARS_MAX = 256
