// The bounds of the event plane. All of them can be given to createDelivery; these are the defaults.

export interface DeliveryLimits {
  /** Attempts under way at once, over all destinations. */
  readonly inFlightMax: number
  /** Attempts under way at once for one destination, so that a slow receiver leaves room for the others. */
  readonly inFlightPerDestinationMax: number
  /** Undelivered events that are known in memory (not their payloads). What is beyond stays in the store meanwhile. */
  readonly pendingMax: number
  /** Bytes of events that wait in memory for a free place; what is beyond is read again when its turn comes. */
  readonly heldBytesMax: number
  /** First and longest wait before an attempt that was throttled, or that failed inside Mayfly, is repeated. */
  readonly throttleDelayBaseMs: number
  readonly throttleDelayMaxMs: number
  /** The oldest dead letters beyond this many are dropped. */
  readonly deadLettersMax: number
}

export const DELIVERY_LIMITS: DeliveryLimits = Object.freeze({
  inFlightMax: 256,
  inFlightPerDestinationMax: 64,
  pendingMax: 100_000,
  heldBytesMax: 32 * 1024 * 1024,
  throttleDelayBaseMs: 100,
  throttleDelayMaxMs: 300_000,
  deadLettersMax: 10_000,
})

/** Events read from the store at once: few, because each may hold a payload of a megabyte. */
export const SCAN_PAGE = 32
/** Wait before reading the outbox, or writing an outcome, is tried again after the store refused. */
export const STORE_RETRY_MS = 250
