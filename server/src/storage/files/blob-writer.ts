// Writes one blob to a temporary file, in pieces of at most CHUNK_BYTES_MAX. While one piece is written the next is taken
// from the source.
import { open, type FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { InvariantError } from '#base/errors.ts'
import type { BlobWriting } from '../blobs.ts'
import { syncing } from './disk-errors.ts'
import { CHUNK_BYTES_MAX } from './limits.ts'

const OWNER_ONLY = 0o600

interface Written {
  /** In bytes. */
  readonly size: number
  readonly crc32: number
}

/**
 * Writes and syncs the file, which must not exist yet; returns its size and its CRC-32. What the source throws is passed on, as
 * is what `demandRoom` throws, which is asked before each piece; the file is then left for the caller to remove. When it
 * settles, no chunk of the source is used any more.
 */
export async function writeBlob(
  path: string,
  source: Uint8Array | AsyncIterable<Uint8Array>,
  writing: BlobWriting | undefined,
  demandRoom: () => void,
): Promise<Written> {
  const file = await open(path, 'wx', OWNER_ONLY)
  const write = async (pieces: Uint8Array[]): Promise<void> => {
    demandRoom()
    await writePieces(file, pieces)
  }
  try {
    const written =
      source instanceof Uint8Array ? await writeAll(write, source) : await writeStream(write, source, writing)
    await syncing(() => file.datasync())
    return written
  } finally {
    await file.close()
  }
}

type WritePieces = (pieces: Uint8Array[]) => Promise<void>

async function writeAll(write: WritePieces, bytes: Uint8Array): Promise<Written> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES_MAX) await write([bytes.subarray(at, at + CHUNK_BYTES_MAX)])
  return { size: bytes.length, crc32: crc32(bytes) }
}

/** What passes is written as it comes, the rest gathered to pieces of CHUNK_BYTES_MAX. */
async function writeStream(
  write: WritePieces,
  source: AsyncIterable<Uint8Array>,
  how: BlobWriting | undefined,
): Promise<Written> {
  let size = 0
  let sum = 0
  let pieces: Uint8Array[] = []
  let bytes = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async (): Promise<void> => {
    await writing
    writing = write(pieces)
    // A failure shows at the next await; until then it must not count as unhandled.
    writing.catch(() => undefined)
    pieces = []
    bytes = 0
  }
  try {
    for await (const chunk of source) {
      size += chunk.length
      if (how?.crc32 === undefined) sum = crc32(chunk, sum)
      for (let at = 0; at < chunk.length; at += CHUNK_BYTES_MAX) {
        const piece = chunk.subarray(at, at + CHUNK_BYTES_MAX)
        if (bytes > 0 && bytes + piece.length > CHUNK_BYTES_MAX) await flush()
        pieces.push(piece)
        bytes += piece.length
      }
      if (how?.passing === true) await flush()
    }
  } finally {
    await writing
  }
  if (pieces.length > 0) await write(pieces)
  return { size, crc32: how?.crc32?.() ?? sum }
}

async function writePieces(file: FileHandle, pieces: Uint8Array[]): Promise<void> {
  let left = pieces
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left)
    if (bytesWritten === 0) throw new InvariantError('the system wrote nothing and gave no reason')
    left = withoutFirst(left, bytesWritten)
  }
}

/** What is left of the pieces after a write that took `bytes` of them. */
function withoutFirst(pieces: Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes
  const left: Uint8Array[] = []
  for (const piece of pieces) {
    if (skip < piece.length) left.push(piece.subarray(skip))
    skip = Math.max(0, skip - piece.length)
  }
  return left
}
