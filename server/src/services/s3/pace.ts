// How often S3's work in the background runs. Tests make it quicker.

export interface S3Pace {
  /** Between two rounds of the lifecycle rules. AWS runs them once a day. */
  readonly lifecycleIntervalMs: number
  /** After the first record of a batch, until the access log object is written. AWS says "within a few hours". */
  readonly accessLogDelayMs: number
  /** Between two rounds of the scrubber. */
  readonly scrubIntervalMs: number
}

export const PACE: S3Pace = {
  lifecycleIntervalMs: 10 * 60 * 1000,
  accessLogDelayMs: 60 * 1000,
  scrubIntervalMs: 7 * 24 * 60 * 60 * 1000,
}
