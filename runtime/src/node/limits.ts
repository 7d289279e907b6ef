// Bounds of what runs beside a function in its cell. AWS's where AWS documents one.

/** Registered extensions of one function, internal and external ("up to ten"). */
export const EXTENSIONS_MAX = 10

/** A file name of an extension. */
export const EXTENSION_NAME_CHARS_MAX = 255

/** What an extension posts: a registration, an error, a subscription. */
export const EXTENSION_BODY_BYTES_MAX = 64 * 1024

/** From the shutdown on, for extensions of their own processes. Documented: 2,000 ms; 500 ms with internal ones only. */
export const SHUTDOWN_MS_MAX = 2_000

/** The function's process gets SIGTERM, and this much later SIGKILL. */
export const RUNTIME_STOP_MS_MAX = 300

/** Output still under way when the function's process has ended. */
export const LAST_OUTPUT_MS_MAX = 100

/** Buffering of a telemetry subscription: minimum, default, maximum. */
export const TELEMETRY_ITEMS = { min: 1_000, default: 1_000, max: 10_000 } as const
export const TELEMETRY_BYTES = { min: 262_144, default: 262_144, max: 1_048_576 } as const
export const TELEMETRY_TIMEOUT_MS = { min: 25, default: 1_000, max: 30_000 } as const

/** Events of one subscription that wait for delivery; what comes on top is dropped and counted. */
export const TELEMETRY_QUEUE_BYTES_MAX = 4 * 1_048_576

/** Events of the init that wait for somebody to subscribe. */
export const TELEMETRY_EARLY_BYTES_MAX = 1_048_576

/** Attempts to deliver one batch, the pause between them, and how long each may take. */
export const TELEMETRY_ATTEMPTS_MAX = 5
export const TELEMETRY_PAUSE_MS = 100
export const TELEMETRY_SEND_MS_MAX = 2_000

/** A line of output that is longer is cut into several. */
export const LINE_CHARS_MAX = 256 * 1024

/** A source map that is larger is not read, and a text that is longer not searched for places; log events end there anyway. */
export const MAP_BYTES_MAX = 64 * 1024 * 1024
export const TRACE_CHARS_MAX = 256 * 1024

/** Places in the code whose sources are remembered. */
export const PLACES_MAX = 1_000
