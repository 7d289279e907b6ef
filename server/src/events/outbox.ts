// The outbox: a service that changes state appends the events that follow from it in the same commit. delivery.ts takes
// them from there, so an event exists exactly when its cause does, and survives whatever happens in between.
//
// Stored format 1: byte 1, u32 length of the header (little-endian), header (JSON), raw payload to the end.
import { invariant } from '#base/errors.ts'
import type { Append, Key } from '#storage/store.ts'
import type { Destination, Envelope } from './envelope.ts'

export interface OutboxRecord {
  readonly envelope: Envelope
  readonly destination: Destination
}

/**
 * The log that holds what is not delivered yet. One partition serves one node; a cluster that needs more raises the
 * number and picks one by destination.
 */
export const OUTBOX_LOG: Key = ['events.outbox', 0]

const FORMAT = 1
const PREAMBLE_BYTES = 5

/** The append that puts an event on its way; give it to the commit of the change that caused it. */
export function outboxAppend(record: OutboxRecord): Append {
  return { log: OUTBOX_LOG, value: encodeRecord(record) }
}

/** The stored form of a record. The payload is kept as raw bytes. */
export function encodeRecord({ envelope, destination }: OutboxRecord): Uint8Array {
  const { payload, ...attributes } = envelope
  const header = JSON.stringify({ envelope: attributes, destination, hasPayload: payload !== undefined })
  const headerBytes = Buffer.byteLength(header)
  const bytes = Buffer.allocUnsafe(PREAMBLE_BYTES + headerBytes + (payload?.length ?? 0))
  bytes[0] = FORMAT
  bytes.writeUInt32LE(headerBytes, 1)
  bytes.write(header, PREAMBLE_BYTES)
  if (payload) bytes.set(payload, PREAMBLE_BYTES + headerBytes)
  return bytes
}

/** The inverse of encodeRecord. Throws InvariantError for bytes of another format. */
export function decodeRecord(value: Uint8Array): OutboxRecord {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  invariant(bytes[0] === FORMAT, `outbox record has format ${bytes[0]}, this Mayfly reads ${FORMAT}`)
  const payloadStart = PREAMBLE_BYTES + bytes.readUInt32LE(1)
  // The one cast from stored bytes to a type: the format byte says what was encoded.
  const header = JSON.parse(bytes.toString('utf8', PREAMBLE_BYTES, payloadStart)) as {
    readonly envelope: Envelope
    readonly destination: Destination
    readonly hasPayload: boolean
  }
  if (!header.hasPayload) return { envelope: header.envelope, destination: header.destination }
  return { envelope: { ...header.envelope, payload: bytes.subarray(payloadStart) }, destination: header.destination }
}
