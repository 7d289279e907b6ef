// Where events end that cannot be delivered: a durable, bounded log that says what, where to, why, and after how many
// attempts. Written in the commit that takes the event from the outbox, so an event is always in exactly one of both.
//
// Stored format 1: byte 1, u32 length of the header (little-endian), header (JSON), then the outbox record.
import { isUtf8 } from 'node:buffer'
import { invariant } from '#base/errors.ts'
import type { Append, Key, Store } from '#storage/store.ts'
import { decodeRecord, encodeRecord, type OutboxRecord } from './outbox.ts'

export interface DeadLetter {
  readonly record: OutboxRecord
  readonly reason: string
  /** Attempts that counted. */
  readonly attempts: number
  readonly deadMs: number
}

export interface StoredDeadLetter extends DeadLetter {
  readonly sequence: number
}

export const DEAD_LETTER_LOG: Key = ['events.dead', 0]
/** Dead letters in one answer of listDeadLetters. */
export const DEAD_LETTER_PAGE_MAX = 100

const FORMAT = 1
const PREAMBLE_BYTES = 5

export function deadLetterAppend(letter: DeadLetter): Append {
  const { record, ...about } = letter
  const header = JSON.stringify(about)
  const headerBytes = Buffer.byteLength(header)
  const preamble = Buffer.allocUnsafe(PREAMBLE_BYTES + headerBytes)
  preamble[0] = FORMAT
  preamble.writeUInt32LE(headerBytes, 1)
  preamble.write(header, PREAMBLE_BYTES)
  return { log: DEAD_LETTER_LOG, value: Buffer.concat([preamble, encodeRecord(record)]) }
}

/** Newest first. `before`: the sequence where the page before ended. */
export async function listDeadLetters(
  store: Pick<Store, 'list'>,
  options: { readonly limit?: number; readonly before?: number } = {},
): Promise<readonly StoredDeadLetter[]> {
  const entries = await store.list(
    {
      prefix: DEAD_LETTER_LOG,
      ...(options.before !== undefined && { before: [...DEAD_LETTER_LOG, options.before] }),
    },
    { limit: Math.min(options.limit ?? DEAD_LETTER_PAGE_MAX, DEAD_LETTER_PAGE_MAX), reverse: true },
  )
  return entries.map((entry) => decodeDeadLetter(Number(entry.key.at(-1)), entry.value))
}

/** A dead letter as the control API shows it. The payload is text where it is UTF-8, else base64. */
export interface DeadLetterView {
  readonly sequence: number
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly account: string
  readonly region: string
  readonly target: string
  readonly arn: string
  readonly time: string
  readonly deadTime: string
  readonly attempts: number
  readonly reason: string
  readonly data: unknown
  readonly payload?: string
  readonly payloadBase64?: string
}

export function viewDeadLetter({ sequence, record, reason, attempts, deadMs }: StoredDeadLetter): DeadLetterView {
  const { envelope, destination } = record
  const { id, source, type, subject, account, region, data, payload } = envelope
  return {
    sequence,
    id,
    source,
    type,
    subject,
    account,
    region,
    target: destination.target,
    arn: destination.arn,
    time: new Date(envelope.timeMs).toISOString(),
    deadTime: new Date(deadMs).toISOString(),
    attempts,
    reason,
    data,
    ...(payload && payloadView(Buffer.from(payload))),
  }
}

function payloadView(payload: Buffer): Pick<DeadLetterView, 'payload' | 'payloadBase64'> {
  return isUtf8(payload) ? { payload: payload.toString('utf8') } : { payloadBase64: payload.toString('base64') }
}

function decodeDeadLetter(sequence: number, value: Uint8Array): StoredDeadLetter {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  invariant(bytes[0] === FORMAT, `dead letter has format ${bytes[0]}, this Mayfly reads ${FORMAT}`)
  const recordStart = PREAMBLE_BYTES + bytes.readUInt32LE(1)
  // The one cast from stored bytes to a type: the format byte says what was encoded.
  const about = JSON.parse(bytes.toString('utf8', PREAMBLE_BYTES, recordStart)) as Omit<DeadLetter, 'record'>
  return { ...about, sequence, record: decodeRecord(bytes.subarray(recordStart)) }
}
