// Limits of AWS Lambda (quotas page of its developer guide, November 2025) and of Mayfly's own.

const MIB = 1024 * 1024

/** Payload and response of a synchronous invocation. */
export const INVOKE_PAYLOAD_BYTES_MAX = 6 * MIB
/** AWS allows a response 100 bytes more than a request. */
export const INVOKE_RESPONSE_BYTES_MAX = INVOKE_PAYLOAD_BYTES_MAX + 100
/** Payload of an asynchronous invocation. */
export const EVENT_PAYLOAD_BYTES_MAX = MIB
/** ClientContext, base64. */
export const CLIENT_CONTEXT_BYTES_MAX = 3583
/** What names a tenant. */
export const TENANT_ID_CHARS_MAX = 256
/** What LogType Tail answers. */
export const LOG_TAIL_BYTES_MAX = 4096

export const ZIP_BYTES_MAX = 50 * MIB
/** The body of a request that carries a zip of ZIP_BYTES_MAX in base64, as AWS counts it. */
export const DEPLOY_REQUEST_BYTES_MAX = 70_167_211
export const UNZIPPED_BYTES_MAX = 250 * MIB
/** A package that grows by more than this is taken for a bomb, once it is larger than ZIP_RATIO_FLOOR_BYTES. */
export const ZIP_RATIO_MAX = 100
export const ZIP_RATIO_FLOOR_BYTES = MIB
export const ZIP_ENTRIES_MAX = 100_000
/** Packages up to here are read into memory; larger ones are read in pieces. */
export const ZIP_IN_MEMORY_BYTES_MAX = 64 * MIB
/** Target of a symbolic link in a package. */
export const LINK_TARGET_BYTES_MAX = 4096

export const MEMORY_MB_MIN = 128
export const MEMORY_MB_MAX = 10_240
export const TIMEOUT_S_MIN = 1
export const TIMEOUT_S_MAX = 900
export const EPHEMERAL_MB_MIN = 512
export const EPHEMERAL_MB_MAX = 10_240
export const ENVIRONMENT_BYTES_MAX = 4096
export const DESCRIPTION_CHARS_MAX = 256
export const HANDLER_CHARS_MAX = 128
/** Invocations at once in one instance: what AWS allows for its managed instances (PerExecutionEnvironmentMaxConcurrency). */
export const INSTANCE_CONCURRENCY_MAX = 1600
export const LAYERS_MAX = 5
export const LAYER_LICENSE_CHARS_MAX = 512
export const LAYER_RUNTIMES_MAX = 15
export const LAYER_ARCHITECTURES_MAX = 2
export const TAGS_MAX = 50
export const TAG_KEY_CHARS_MAX = 128
export const TAG_VALUE_CHARS_MAX = 256
export const POLICY_BYTES_MAX = 20 * 1024
export const LIST_ITEMS_MAX = 50
/** What a client may ask a list for; it gets LIST_ITEMS_MAX. */
export const LIST_ITEMS_ASKED_MAX = 10_000
/** Publishers of one code signing configuration. */
export const SIGNING_PROFILES_MAX = 20
/** Instances of one function at once; the default account quota of AWS. */
export const CONCURRENCY_MAX = 1000
/** What reservations must leave to functions without one. */
export const UNRESERVED_CONCURRENCY_MIN = 100
/** What all packages of an account may take together on AWS; told by GetAccountSettings. */
export const TOTAL_CODE_BYTES = 75 * 1024 * MIB

/** Waits before the second and the third attempt of an asynchronous invocation. */
export const ASYNC_RETRY_DELAYS_MS: readonly number[] = Object.freeze([60_000, 120_000])
export const ASYNC_AGE_MAX_MS = 6 * 3_600_000
/** What PutFunctionEventInvokeConfig may set. */
export const ASYNC_RETRIES_MAX = 2
export const ASYNC_AGE_S_MIN = 60
export const ASYNC_AGE_S_MAX = 21_600
/** Records of asynchronous invocations go without their payloads where they would be larger, by the service of the ARN. */
export const RECORD_BYTES_MAX: Readonly<Record<string, number>> = Object.freeze({
  sns: 256 * 1024,
  sqs: MIB,
  lambda: MIB,
  events: 256 * 1024,
})
/** ErrorMessage beside a message in a dead-letter queue ("the first 1 KB of the error message"). */
export const DEAD_LETTER_ERROR_CHARS_MAX = 1000

/** Resolved versions that are kept in memory. */
export const VERSION_CACHE_MAX = 10_000
/** How long the address of a package that GetFunction gives is good. */
export const CODE_LOCATION_LIFE_MS = 600_000

export const DEFAULT_MEMORY_MB = 128
export const DEFAULT_TIMEOUT_S = 3
export const DEFAULT_EPHEMERAL_MB = 512

/** Why functions run with less than full isolation, in their configuration. */
export const STATE_REASON_CHARS_MAX = 500

/** Names of objects that code is taken from. Source: Lambda API reference, FunctionCode. */
export const S3_BUCKET_CHARS_MAX = 63
export const S3_KEY_CHARS_MAX = 1024

/** What a durable execution may last: 366 days. Source: DurableConfig, and the quotas page. */
export const DURABLE_TIMEOUT_S_MAX = 31_622_400
/** A durable execution that somebody waits for. */
export const DURABLE_WAITED_TIMEOUT_S_MAX = 900
export const DURABLE_RETENTION_DAYS_MAX = 90
export const DURABLE_RETENTION_DAYS_DEFAULT = 14
export const DURABLE_OPERATIONS_MAX = 3000
/** What the checkpoints of one execution may write. */
export const DURABLE_BYTES_MAX = 100 * MIB
/** Updates of one checkpoint: what follows from them is one commit. AWS's SDKs send 250 at most. */
export const DURABLE_UPDATES_MAX = 400
/** Operations whose time has come that one commit settles; the others follow. */
export const DURABLE_SETTLED_MAX = 300
/** The payload of an operation, or of an error. */
export const DURABLE_PAYLOAD_BYTES_MAX = MIB
export const DURABLE_NAME_CHARS_MAX = 64
/** What one invocation or one answer carries of an execution's state or history; the rest is in further pages. */
export const DURABLE_PAGE_BYTES_MAX = 5 * MIB
export const DURABLE_PAGE_ITEMS_DEFAULT = 100
export const DURABLE_PAGE_ITEMS_MAX = 1000
/** Waits before an invocation that failed is tried again: doubled each time, from the first to the second. */
export const DURABLE_RETRY_MS_MIN = 1000
export const DURABLE_RETRY_MS_MAX = 60_000
/** Invocations in a row that say PENDING where nothing is. */
export const DURABLE_IDLE_PENDING_MAX = 3
/** Executions that are driven on at once; those that are due beside them wait. */
export const DURABLE_DRIVEN_MAX = 1000
/** How long the clock of executions sleeps at most. */
export const DURABLE_NAP_MAX_MS = 60_000
/** How often executions are looked for whose retention is over. */
export const DURABLE_SWEEP_MS = 3_600_000
