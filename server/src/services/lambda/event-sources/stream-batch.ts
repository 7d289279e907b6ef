// What happens to one batch of a stream until every record of it is done: it succeeded, or was given up. Order is kept:
// no record is done before the ones ahead of it in the batch.
//
// Source: developer guide, "Error handling for DynamoDB and Kinesis event sources": a failed batch is tried again until
// it succeeds, has used its retries, or its records are too old; it may be halved (which uses no retry) and may say
// itself from which record on it failed.
import type { StreamRecord } from '#events/stream-source.ts'
import { readItemFailures } from './item-failures.ts'
import type { BatchOutcome } from './poller.ts'

/** A record that was read and is not done yet. */
export interface Pending {
  readonly record: StreamRecord
  done: boolean
}

export type GivenUp = 'RetryAttemptsExhausted' | 'RecordAgeExceeded'

export interface Loss {
  readonly condition: GivenUp
  /** Invocations with these records. */
  readonly invokeCount: number
  /** Of the last invocation; undefined when nothing ran. */
  readonly last: BatchOutcome | undefined
}

export interface BatchRules {
  readonly retriesMax: number
  readonly recordAgeMaxMs: number
  readonly bisects: boolean
  readonly reportsItemFailures: boolean
}

/** What a batch needs around it. */
export interface BatchHost {
  readonly nowMs: () => number
  stopped(): boolean
  invoke(piece: readonly Pending[]): Promise<BatchOutcome>
  /** Durable: these records are done. */
  complete(piece: readonly Pending[], answer: Uint8Array): Promise<void>
  /** Durable: these records are done, and the place for failures is told. */
  giveUp(piece: readonly Pending[], loss: Loss): Promise<void>
  /** Durable: this many retries were used for the batch that begins with this record. */
  noteRetries(first: Pending, retries: number): Promise<void>
  retriesOf(first: Pending): number
  /** Waits before the next attempt; `failures`: failed invocations in a row, 0 for a throttled one. */
  pause(failures: number): Promise<void>
}

interface Piece {
  readonly records: readonly Pending[]
  readonly retries: number
  readonly invocations: number
}

/** Works through a batch. Returns early when the host stops; what is not done then is read again in the next life. */
export async function workThrough(batch: readonly Pending[], rules: BatchRules, host: BatchHost): Promise<void> {
  const [first] = batch
  if (first === undefined) return
  const retries = host.retriesOf(first)
  const pieces: Piece[] = [{ records: batch, retries, invocations: retries }]
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
    if (host.stopped()) return
    pieces.push(...(await attempt(piece, rules, host)))
  }
}

/** One attempt. Answers what is left of the piece, the part that comes first last. */
async function attempt(whole: Piece, rules: BatchRules, host: BatchHost): Promise<readonly Piece[]> {
  const piece = await withoutTooOld(whole, rules, host)
  if (piece.records.length === 0) return []
  const outcome = await host.invoke(piece.records)
  switch (outcome.kind) {
    case 'throttled':
    case 'gone':
    case 'loop':
      await host.pause(0)
      return [piece]
    case 'failed':
      return await afterFailure(piece, 0, outcome, rules, host)
    case 'succeeded': {
      const failedFrom = rules.reportsItemFailures ? firstFailure(piece.records, outcome.answer) : undefined
      if (failedFrom !== undefined) return await afterFailure(piece, failedFrom, outcome, rules, host)
      await host.complete(piece.records, outcome.answer)
      return []
    }
  }
}

async function withoutTooOld(piece: Piece, rules: BatchRules, host: BatchHost): Promise<Piece> {
  const oldestMs = host.nowMs() - rules.recordAgeMaxMs
  const tooOld = piece.records.filter(({ record }) => record.createdMs < oldestMs)
  if (tooOld.length === 0) return piece
  await host.giveUp(tooOld, { condition: 'RecordAgeExceeded', invokeCount: piece.invocations, last: undefined })
  return { ...piece, records: piece.records.filter(({ done }) => !done) }
}

/** The index of the first record that the function names; undefined when all went well. */
function firstFailure(records: readonly Pending[], answer: Uint8Array): number | undefined {
  const failures = readItemFailures(answer, new Set(records.map(({ record }) => record.sequence)))
  if (failures.kind === 'none') return undefined
  if (failures.kind === 'all') return 0
  return records.findIndex(({ record }) => failures.ids.has(record.sequence))
}

async function afterFailure(
  piece: Piece,
  failedFrom: number,
  outcome: BatchOutcome & { readonly kind: 'failed' | 'succeeded' },
  rules: BatchRules,
  host: BatchHost,
): Promise<readonly Piece[]> {
  if (failedFrom > 0) await host.complete(piece.records.slice(0, failedFrom), outcome.answer)
  const records = piece.records.slice(failedFrom)
  const [first] = records
  if (first === undefined) return []
  const invocations = piece.invocations + 1
  if (rules.bisects && piece.records.length > 1) {
    await host.pause(invocations)
    // The function said where it failed: that is the cut.
    if (failedFrom > 0) return [{ records, retries: piece.retries, invocations }]
    const middle = Math.ceil(records.length / 2)
    return [records.slice(middle), records.slice(0, middle)].map((half) => ({
      records: half,
      retries: piece.retries,
      invocations,
    }))
  }
  if (rules.retriesMax >= 0 && piece.retries >= rules.retriesMax) {
    await host.giveUp(records, { condition: 'RetryAttemptsExhausted', invokeCount: invocations, last: outcome })
    return []
  }
  const retries = piece.retries + 1
  await host.noteRetries(first, retries)
  await host.pause(invocations)
  return [{ records, retries, invocations }]
}
