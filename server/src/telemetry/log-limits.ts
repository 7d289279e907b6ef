// The bounds of the log store. All of them can be given to createLogStore; these are the defaults.

export interface LogLimits {
  /** Longest time that a line of a function waits in memory before it is stored. */
  readonly flushIntervalMs: number
  /** Buffered message bytes that start a flush at once. */
  readonly flushBytes: number
  /** Message bytes that one stream may have in the buffer; lines beyond are dropped and counted. */
  readonly bufferedBytesPerStreamMax: number
  /** Message bytes that all streams together may have in the buffer. */
  readonly bufferedBytesMax: number
  /** Message bytes of printed lines that are submitted as one batch. */
  readonly batchBytesMax: number
  /** Longest message of a printed line, in characters; longer lines become several events. */
  readonly lineCharsMax: number
  /** Message bytes of a chunk, unless a single event is larger. */
  readonly chunkBytesMax: number
  /** Events of a chunk. */
  readonly chunkEventsMax: number
  /** Longest time between the first and the last event of a chunk: how far back a reader must look. */
  readonly chunkSpanMsMax: number
  /** Message bytes that one commit takes, unless a single batch is larger. */
  readonly commitBytesMax: number
  /** Chunks that one commit takes. */
  readonly commitChunksMax: number
  /** Batches that wait for a commit; PutLogEvents beyond is refused. */
  readonly waitingBatchesMax: number
  /** Groups, and streams, whose records are kept in memory for the next commit. */
  readonly cachedRecordsMax: number
  /** Message bytes that a merging reader holds; beyond, it forgets the latest events and reads them again later. */
  readonly mergeBytesMax: number
  /** Subscriptions to new events, of all groups. */
  readonly subscriptionsMax: number
  /** How often events past their retention are deleted. */
  readonly sweepIntervalMs: number
}

export const LOG_LIMITS: LogLimits = Object.freeze({
  flushIntervalMs: 100,
  flushBytes: 256 * 1024,
  bufferedBytesPerStreamMax: 8 * 1024 * 1024,
  bufferedBytesMax: 32 * 1024 * 1024,
  batchBytesMax: 1024 * 1024,
  lineCharsMax: 256 * 1024,
  chunkBytesMax: 256 * 1024,
  chunkEventsMax: 10_000,
  chunkSpanMsMax: 5 * 60_000,
  commitBytesMax: 4 * 1024 * 1024,
  commitChunksMax: 300,
  waitingBatchesMax: 1000,
  cachedRecordsMax: 10_000,
  mergeBytesMax: 16 * 1024 * 1024,
  subscriptionsMax: 256,
  sweepIntervalMs: 10 * 60_000,
})

/** What CloudWatch Logs adds to the bytes of a message when it counts sizes. */
export const EVENT_OVERHEAD_BYTES = 26
