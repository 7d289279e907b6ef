// Text as it lies in the Store: a format byte, a head of fixed length for whoever wants one, and the text. Long texts are
// compressed: the JSON of an item of 400 KB may have several megabytes (`{"NULL":true}` counts as one byte), more than a
// value of the Store may.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { InvariantError } from '#base/errors.ts'
import { COMPRESS_FROM_BYTES } from './limits.ts'

const PLAIN = 1
const COMPRESSED = 2

/** The bytes; `headBytes` bytes from 1 on are left for the caller to fill. */
export function packText(text: string, headBytes = 0): Buffer {
  const start = 1 + headBytes
  const length = Buffer.byteLength(text)
  if (length >= COMPRESS_FROM_BYTES) {
    const bytes = Buffer.concat([Buffer.alloc(start), zstdCompressSync(text)])
    bytes[0] = COMPRESSED
    return bytes
  }
  const bytes = Buffer.allocUnsafe(start + length)
  bytes[0] = PLAIN
  bytes.write(text, start)
  return bytes
}

/** The text of bytes that `packText` made. */
export function unpackText(bytes: Uint8Array, headBytes = 0): string {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view[0] === PLAIN) return view.toString('utf8', 1 + headBytes)
  if (view[0] === COMPRESSED) return zstdDecompressSync(view.subarray(1 + headBytes)).toString()
  throw new InvariantError(`a stored item has format ${view[0]}, which this Mayfly does not read`)
}
