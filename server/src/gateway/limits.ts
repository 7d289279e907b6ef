// Bounds of the front door. Times and sizes against slow and oversized requests; the gateway takes them as options so
// that tests can shorten the times.
import type { ServiceId } from '#protocol/services.ts'

const KIB = 1024
const MIB = 1024 * KIB

export interface GatewayLimits {
  /** From the first byte to the end of the headers; also how long a new connection may stay silent. */
  readonly headersTimeoutMs: number
  /** An idle connection between two requests. */
  readonly keepAliveTimeoutMs: number
  /** A body that is waited for must grow by `progressBytesMin` in each such window, or the connection ends. */
  readonly stallWindowMs: number
  /** How long a client may leave written bytes unread. */
  readonly writeStallMs: number
  /** How long the rest of an unwanted body is read and thrown away, so that the client can read the answer. */
  readonly lingerMs: number
  /** Requests that are not believed, from one address or with one key, before that is slowed down. */
  readonly authFailuresMax: number
  /** How quickly they are forgotten. */
  readonly authFailuresPerSecond: number
}

export const DEFAULT_LIMITS: GatewayLimits = {
  headersTimeoutMs: 10_000,
  keepAliveTimeoutMs: 75_000,
  stallWindowMs: 10_000,
  writeStallMs: 30_000,
  lingerMs: 5_000,
  authFailuresMax: 200,
  authFailuresPerSecond: 5,
}

export const STALL_PROGRESS_BYTES_MIN = 4 * KIB
/** How often slow clients are looked for. */
export const SWEEP_INTERVAL_MS = 1_000
/** Request line and headers together. */
export const HEADER_BYTES_MAX = 16 * KIB
export const HEADERS_MAX = 200
/** What has come of a body and is not taken yet; beyond it the client waits. */
export const WAITING_BYTES_MAX = 64 * KIB
/** What has come of requests before the one under way is answered; beyond it the client waits. */
export const AHEAD_BYTES_MAX = 64 * KIB
/** Clients count the time of an idle connection from when they read of it: it is served that much longer. */
export const KEEP_ALIVE_GRACE_MS = 1_000
/** Longer heads are not remembered for the next request: they hold memory as long as their connection is open. */
export const KEPT_HEAD_CHARS_MAX = 2 * KIB
/** The line with a chunk's size, extensions included. */
export const CHUNK_LINE_BYTES_MAX = 256
/** Extensions of all chunks of a body: nobody needs any, and each costs reading. */
export const CHUNK_EXTENSION_BYTES_MAX = 16 * KIB
export const TRAILER_BYTES_MAX = 16 * KIB
/** Names of headers of answers that are remembered as good ones. */
export const GOOD_NAMES_MAX = 1_000
/** Bytes of an unwanted body that are thrown away before the connection is closed. */
export const LINGER_BYTES_MAX = 16 * MIB
/** A streamed operation's body up to this size is read at once and handed over whole. */
export const SMALL_BODY_BYTES = 64 * KIB
/** Requests of one HTTP/2 connection at once. */
export const H2_STREAMS_MAX = 250
/** Connections at once; further ones are closed. */
export const CONNECTIONS_MAX = 20_000

/** A form that must be read to learn which service it means. */
export const FORM_BYTES_MAX = 256 * KIB

/** The fields of a browser's upload before its file. Source: S3 API reference, "POST Object" (20 KB). */
export const FORM_FIELDS_BYTES_MAX = 20 * KIB
/** The headers of one part of a form. */
export const FORM_PART_HEAD_BYTES_MAX = 8 * KIB

/** What a caller without credentials may make us hold before it is refused. */
export const ANONYMOUS_BODY_BYTES_MAX = MIB
/** Bodies from this size on count against BODIES_BYTES_MAX while they are held. */
export const LARGE_BODY_BYTES = MIB
/** All large buffered bodies at once. */
export const BODIES_BYTES_MAX = 512 * MIB

/** Addresses and keys whose failures are counted; those that failed the longest ago go. */
export const FAILING_ADDRESSES_MAX = 10_000
export const FAILING_KEYS_MAX = 10_000

const BODY_BYTES_DEFAULT = MIB
/** AWS's request limits with room for the encoding around them. */
const BODY_BYTES_BY_SERVICE: Partial<Readonly<Record<ServiceId, number>>> = {
  // CompleteMultipartUpload with 10,000 parts and their checksums.
  s3: 4 * MIB,
  // BatchWriteItem: 16 MB.
  dynamodb: 17 * MIB,
  // PutRecords: 10 MB, in base64.
  kinesis: 15 * MIB,
  // PutRecordBatch: 4 MiB, in base64.
  firehose: 6 * MIB,
  // A batch of 1 MiB; form encoding triples it.
  sqs: 4 * MIB,
  sns: 4 * MIB,
  // PutLogEvents: 1 MiB with 26 bytes an event, JSON escapes.
  'cloudwatch-logs': 8 * MIB,
  cloudwatch: 4 * MIB,
  // PutEvents: 1 MiB, each detail as a JSON text in JSON.
  eventbridge: 4 * MIB,
  cloudformation: 4 * MIB,
  lambda: 6_291_456,
  sfn: 2 * MIB,
}
/** Operations whose limit differs from their service's. */
const BODY_BYTES_BY_OPERATION: ReadonlyMap<string, number> = new Map([
  // 1,000 keys of 1,024 bytes, each of which may be written as five.
  ['s3.DeleteObjects', 8 * MIB],
  // A 50 MB archive in base64 (the number stands in AWS's own message).
  ['lambda.CreateFunction', 70_167_211],
  ['lambda.UpdateFunctionCode', 70_167_211],
  ['lambda.PublishLayerVersion', 70_167_211],
])

/** The most that a buffered body of this operation may have, decoded from chunks and unzipped. */
export function bodyBytesMax(service: ServiceId, operation: string | undefined): number {
  return BODY_BYTES_BY_OPERATION.get(`${service}.${operation}`) ?? BODY_BYTES_BY_SERVICE[service] ?? BODY_BYTES_DEFAULT
}

/** The body of a request of the operator. */
export const OPERATOR_BODY_BYTES_MAX = 64 * KIB

/** Length of the header in which `dev` says that `start` would have denied. */
export const WOULD_DENY_CHARS_MAX = 1024

/** From this size the memory of a piece of a body is given back by hand: smaller ones cost the collector little. */
export const LET_GO_BYTES_MIN = 4096
