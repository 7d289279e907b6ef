// The input and the end of an execution, in pieces that the store takes: either may be 6 MB.
import type { Transaction, Reader } from '#storage/transact.ts'
import { DURABLE_PAYLOAD_BYTES_MAX } from '../limits.ts'
import { payloads } from './execution-record.ts'
import type { ErrorObject } from './model.ts'

const PIECE_BYTES = 1024 * 1024

type Kind = 'input' | 'end'

export type StoredEnd = { readonly result?: string; readonly error?: ErrorObject }

/** Characters of a large payload that an event shows. */
const SHOWN_CHARS = 256 * 1024

/** A payload as an event has it. */
export function inEvent<Name extends 'input' | 'result'>(
  name: Name,
  text: string,
): { readonly [K in Name]: string } & { readonly truncated?: true } {
  const isLarge = Buffer.byteLength(text) > DURABLE_PAYLOAD_BYTES_MAX
  // The one name that there is.
  const payload = { [name]: isLarge ? text.slice(0, SHOWN_CHARS) : text } as { [K in Name]: string }
  return isLarge ? { ...payload, truncated: true } : payload
}

/** An error that fits into an operation and an event; of one that is too large the beginning. */
export function boundedError(error: ErrorObject): ErrorObject {
  if (Buffer.byteLength(JSON.stringify(error)) <= DURABLE_PAYLOAD_BYTES_MAX) return error
  const { ErrorType: type, ErrorMessage: message = '' } = error
  return {
    ...(type !== undefined && { ErrorType: type.slice(0, SHOWN_CHARS) }),
    ErrorMessage: message.slice(0, SHOWN_CHARS),
  }
}

export async function setPayload(transaction: Transaction, id: string, kind: Kind, bytes: Uint8Array): Promise<void> {
  for (let at = 0, number = 0; at < bytes.length; at += PIECE_BYTES)
    await payloads.set(transaction, [id, kind, number++], bytes.subarray(at, at + PIECE_BYTES))
}

/** Empty when there is none. */
export async function payloadOf(reader: Reader, id: string, kind: Kind): Promise<Buffer> {
  const pieces = await payloads.list(reader, { prefix: [id, kind] })
  return Buffer.concat(pieces.map(({ value }) => value))
}

export async function endOf(reader: Reader, id: string): Promise<StoredEnd> {
  const bytes = await payloadOf(reader, id, 'end')
  // Only endExecution writes it.
  return bytes.length === 0 ? {} : (JSON.parse(bytes.toString('utf8')) as StoredEnd)
}
