// Log groups, streams and events: what functions print and what PutLogEvents stores. The CloudWatch Logs service is its
// wire; the Lambda service writes to it. (Interface; the implementation belongs to this room.)

export interface LogEvent {
  readonly timestampMs: number
  readonly message: string
}

export interface StoredLogEvent extends LogEvent {
  readonly eventId: string
  readonly ingestionMs: number
  readonly stream: string
}

/** Where a log line belongs. */
export interface LogStreamRef {
  readonly account: string
  readonly region: string
  readonly group: string
  readonly stream: string
}

/** Buffered, never blocks, bounded: for lines that functions print. Makes group and stream when they are missing. */
export interface LogWriter {
  write(ref: LogStreamRef, event: LogEvent): void
  /** Resolves when everything written before is readable and stored. */
  flush(): Promise<void>
}
