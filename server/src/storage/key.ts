// The order-preserving encoding of tuple keys: byte order of the encoding is tuple order, and a prefix of the tuple is a
// prefix of the bytes. The layout of FoundationDB's tuple layer in spirit: one tag byte per element, then its bytes.
import { InvariantError } from '#base/errors.ts'
import type { Key } from './store.ts'

/** Encodes a key. Throws StoreLimitError above KEY_BYTES_MAX. */
export function encodeKey(_key: Key): Uint8Array {
  throw new InvariantError('not written yet')
}

/** The inverse of encodeKey. Throws InvariantError on bytes that encodeKey cannot have made. */
export function decodeKey(_bytes: Uint8Array): Key {
  throw new InvariantError('not written yet')
}
