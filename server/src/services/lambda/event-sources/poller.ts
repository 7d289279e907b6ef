// What the pollers of queues and streams are given, and what a poller is to the one who runs it.
import type { Clock } from '#base/clock.ts'
import type { Random } from '#base/ids.ts'
import type { Log } from '#base/log.ts'

/** How the invocation of a batch ended. */
export type BatchOutcome =
  | { readonly kind: 'succeeded'; readonly answer: Uint8Array; readonly executedVersion: string }
  | { readonly kind: 'failed'; readonly answer: Uint8Array; readonly executedVersion: string }
  /** Nothing ran. */
  | { readonly kind: 'throttled' }
  /** There is no such function. */
  | { readonly kind: 'gone' }
  /** The records came round too often: the chain is taken for a loop, and nothing ran. */
  | { readonly kind: 'loop' }

/** Runs the function of a mapping with an event of JSON bytes. `hops`: how far along a chain of events its records are. */
export type InvokeBatch = (event: Uint8Array, hops: number) => Promise<BatchOutcome>

export interface PollerWorld {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly invoke: InvokeBatch
  /** Whether the function is there, without running it. */
  readonly functionExists: () => Promise<boolean>
  /** The execution role of the function; undefined when there is no function. */
  readonly role: () => Promise<string | undefined>
  /** Whether the role of the function lets it read the source. */
  readonly mayRead: () => Promise<boolean>
  /** How the last batch ended, as LastProcessingResult shows it. */
  readonly report: (result: string) => void
}

export interface Poller {
  /** Resolves when everything that happens from now on will be seen. */
  start(): Promise<void>
  /** Something changed (a function was made, a source came back): waits for such things end early. */
  nudge(): void
  /** Takes nothing more; resolves when the batches under way are over and what they owe is written. */
  stop(): Promise<void>
}

export const RESULT_OK = 'OK'
export const RESULT_FAILED = 'PROBLEM: Function call failed'
export const RESULT_THROTTLED = 'PROBLEM: Function invocation was throttled'
export const RESULT_NO_FUNCTION = 'PROBLEM: Function not found'
export const RESULT_LOOP = 'PROBLEM: Recursive loop detected'
export const RESULT_DENIED = 'PROBLEM: The execution role may not read the event source'
export const RESULT_NO_SOURCE = 'PROBLEM: The event source cannot be read'

/** The event of a batch: `{"Records":[...]}`, the records as the source made them, and what else belongs to it. */
export function eventOf(
  records: readonly { readonly record: Readonly<Record<string, unknown>> }[],
  more: Readonly<Record<string, unknown>> = {},
): Uint8Array {
  return Buffer.from(JSON.stringify({ Records: records.map(({ record }) => record), ...more }))
}

/** Bytes that an event has besides its records and their commas. */
export const EVENT_FRAME_BYTES = '{"Records":[]}'.length
