// Values on their way to PostgreSQL in its binary format (text would double every byte), and back.
import type { CustomTypesConfig } from 'pg'
import { InvariantError } from '#base/errors.ts'

const OID_BYTEA = 17
const OID_INT8 = 20

/** A `bytea[]` parameter. */
export function byteaArray(items: readonly Uint8Array[]): Buffer {
  let length = 20
  for (const item of items) length += 4 + item.length
  const buffer = Buffer.allocUnsafe(length)
  let at = arrayHead(buffer, OID_BYTEA, items.length)
  for (const item of items) {
    at = buffer.writeInt32BE(item.length, at)
    buffer.set(item, at)
    at += item.length
  }
  return buffer.subarray(0, at)
}

/** A `bigint[]` parameter. */
export function int8Array(items: readonly number[]): Buffer {
  const buffer = Buffer.allocUnsafe(20 + items.length * 12)
  let at = arrayHead(buffer, OID_INT8, items.length)
  for (const item of items) {
    at = buffer.writeInt32BE(8, at)
    at = buffer.writeBigInt64BE(BigInt(item), at)
  }
  return buffer.subarray(0, at)
}

function arrayHead(buffer: Buffer, oid: number, count: number): number {
  let at = buffer.writeInt32BE(count === 0 ? 0 : 1, 0)
  at = buffer.writeInt32BE(0, at)
  at = buffer.writeInt32BE(oid, at)
  if (count === 0) return at
  at = buffer.writeInt32BE(count, at)
  return buffer.writeInt32BE(1, at)
}

/** Leaves columns as the text that came; `bytesIn` and `numberIn` read them. (pg cannot read binary results.) */
export const rawTypes: CustomTypesConfig = { getTypeParser: () => (value: unknown) => value }

/** A bytea column, in PostgreSQL's hexadecimal output format. */
export function bytesIn(column: unknown): Uint8Array {
  if (typeof column !== 'string' || !column.startsWith('\\x'))
    throw new InvariantError('the database answered something else than bytes')
  // A copy of its own: small buffers share their memory.
  return new Uint8Array(Buffer.from(column.slice(2), 'hex'))
}

/** A bigint column. */
export function numberIn(column: unknown): number {
  const number = Number(column)
  if (typeof column === 'string' && Number.isSafeInteger(number)) return number
  throw new InvariantError('the database answered something else than a bigint')
}
