// Reads one blob in chunks of at most CHUNK_BYTES_MAX. While the consumer has one chunk the next is being read.
import { open, type FileHandle } from 'node:fs/promises'
import { InvariantError } from '#base/errors.ts'
import { BlobMissingError, type BlobRange, type BlobReading } from '../blobs.ts'
import { errorCode } from './disk-errors.ts'
import { CHUNK_BYTES_MAX } from './limits.ts'

/**
 * The bytes of the file, or of the part of `range` that it has. Each chunk is a buffer of its own, unless `reading` lets two
 * buffers take turns: fresh memory costs a third of the time of a read.
 */
export async function* readBlob(
  path: string,
  range: BlobRange | undefined,
  reading?: BlobReading,
): AsyncGenerator<Uint8Array, void, void> {
  const file = await openBlob(path)
  const chunkBytes = Math.min(reading?.chunkBytes ?? CHUNK_BYTES_MAX, CHUNK_BYTES_MAX)
  const memory = reading ? takingTurns() : (bytes: number) => Buffer.allocUnsafeSlow(bytes)
  let next: Promise<Uint8Array> | undefined
  try {
    const { size } = await file.stat()
    const end = Math.min(size, range?.end ?? size)
    let at = Math.max(0, range?.start ?? 0)
    const readNext = (): Promise<Uint8Array> | undefined => {
      if (at >= end) return undefined
      const start = at
      at = Math.min(end, at + chunkBytes)
      const chunk = readChunk(file, start, memory(at - start))
      // A failure shows when the chunk is awaited; until then it must not count as unhandled.
      chunk.catch(() => undefined)
      return chunk
    }
    for (next = readNext(); next;) {
      const chunk = await next
      next = readNext()
      yield chunk
    }
  } finally {
    // A consumer that stops early leaves a read under way, into this file.
    await next?.catch(() => undefined)
    await file.close()
  }
}

/** Rejects with BlobMissingError. */
export async function openBlob(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new BlobMissingError('there is no such blob', { cause: error })
    throw error
  }
}

/** Two buffers in turns. */
function takingTurns(): (bytes: number) => Uint8Array {
  let next: Buffer | undefined
  let other: Buffer | undefined
  return (bytes) => {
    const buffer = next ?? Buffer.allocUnsafeSlow(bytes)
    next = other
    other = buffer
    return buffer.subarray(0, bytes)
  }
}

async function readChunk(file: FileHandle, start: number, chunk: Uint8Array): Promise<Uint8Array> {
  const { length } = chunk
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(chunk, done, length - done, start + done)
    if (bytesRead === 0) throw new InvariantError('a blob became shorter while it was read')
    done += bytesRead
  }
  return chunk
}
