// Log groups, streams and events: what functions print and what PutLogEvents stores. The CloudWatch Logs service is its
// wire; the Lambda service writes to it. createLogStore (log-store.ts) makes it over a Store.
import type { EventPosition } from './log-position.ts'

export interface LogEvent {
  readonly timestampMs: number
  readonly message: string
}

export interface StoredLogEvent extends LogEvent {
  /** Where the event stands among all events of its group; `positionText` of it is the event's id. */
  readonly position: EventPosition
  readonly ingestionMs: number
  readonly stream: string
}

/** Where a log group belongs. Accounts are 12 digits. */
export interface LogGroupRef {
  readonly account: string
  readonly region: string
  readonly group: string
}

/** Where a log line belongs. */
export interface LogStreamRef extends LogGroupRef {
  readonly stream: string
}

/** Buffered, never blocks, bounded: for lines that functions print. Makes group and stream when they are missing. */
export interface LogWriter {
  /** Keep one `ref` object per instance: lines are gathered by its identity. */
  write(ref: LogStreamRef, event: LogEvent): void
  /** Writes a line with a newline behind it. Bytes are UTF-8, and copied. */
  writeLine(ref: LogStreamRef, timestampMs: number, line: string | Buffer): void
  /**
   * Calls `write` when it keeps nobody waiting, and before any other line is written: lines keep their order. `soon`: behind
   * what this turn of the event loop does, and otherwise with what comes next, or with the next flush.
   */
  writeLater(write: () => void, soon: boolean): void
  /** Resolves when everything written before is readable and stored. */
  flush(): Promise<void>
}

/** What a group is, apart from its name. */
export interface LogGroup {
  /** Unique for ever: a group that is deleted and made again has another one, and none of the old events. */
  readonly id: string
  readonly createdMs: number
  readonly tags: Readonly<Record<string, string>>
  /** Events older than this are not read any more and are deleted by the sweep. Unset: kept for ever. */
  readonly retentionDays?: number
  readonly groupClass: LogGroupClass
  readonly deletionProtected: boolean
  /** Message bytes plus EVENT_OVERHEAD_BYTES per event, for all events that are still stored. */
  readonly storedBytes: number
  /** Number of the next stream. */
  readonly nextStream: number
  /** Longest time between first and last event of any chunk. */
  readonly spanMs: number
}

export type LogGroupClass = 'STANDARD' | 'INFREQUENT_ACCESS' | 'DELIVERY' | 'ESSENTIALS'

/** What a stream is, apart from its name. Times are unset while it has no event. */
export interface LogStream {
  /** Unique in its group for ever. */
  readonly number: number
  readonly createdMs: number
  readonly firstEventMs?: number
  readonly lastEventMs?: number
  readonly lastIngestionMs?: number
  readonly storedBytes: number
  /** Number of the next chunk. */
  readonly nextChunk: number
  readonly spanMs: number
}
