// The input and the end of an execution, in pieces that the store takes: either may be 6 MB.
import type { Transaction, Reader } from '#storage/transact.ts'
import { payloads } from './execution-record.ts'
import type { ErrorObject } from './model.ts'

const PIECE_BYTES = 1024 * 1024

type Kind = 'input' | 'end'

export type StoredEnd = { readonly result?: string; readonly error?: ErrorObject }

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
