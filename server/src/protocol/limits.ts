// Bounds of what one request may make the codecs do. Body sizes are the gateway's; these bound shape, not bytes.

/** Nesting of values in a body. DynamoDB allows 32 levels, Step Functions and documents less than this. */
export const NESTING_MAX = 128
/** Named values (keys) in one JSON or CBOR body. PutLogEvents with 10,000 events has 20,000. */
export const KEYS_MAX = 250_000
/** JSON bodies below this many bytes cannot reach KEYS_MAX: they are not counted. */
export const KEYS_COUNTED_FROM_BYTES = KEYS_MAX * 4
/** Elements in one XML body. CompleteMultipartUpload with 10,000 parts and checksums has about 40,000. */
export const XML_ELEMENTS_MAX = 200_000
/** Attributes of one XML element. */
export const XML_ATTRIBUTES_MAX = 64
/** Parameters of a form or query string. PublishBatch and PutMetricData stay in the thousands. */
export const PARAMETERS_MAX = 20_000
/** Paths whose operation a router remembers; beyond, all are forgotten. */
export const ROUTES_KEPT_MAX = 1024
/** A longer path is looked for each time. */
export const ROUTE_KEPT_CHARS_MAX = 256
/** Path segments that the router looks at. S3 keys are not split by it. */
export const PATH_SEGMENTS_MAX = 64
/** A gzip body (PutMetricData sends such) may grow to this; AWS's own limit for it is 1 MB. */
export const GUNZIPPED_BYTES_MAX = 16 * 1024 * 1024
/** Missing members that one validation answer names. */
export const MISSING_MEMBERS_MAX = 10
/** Payload of one event in a stream, as AWS bounds messages. */
export const EVENT_BYTES_MAX = 16 * 1024 * 1024
