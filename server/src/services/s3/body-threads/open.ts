// Opens a range of a sealed body by a thread: while one chunk is sent, the next one is opened and the one after it read.
import type { BlobRange, BlobReading } from '#storage/blobs.ts'
import { FRAME_BYTES, SealBrokenError } from '../encryption/sealed-frames.ts'
import type { ThreadBody } from './body-threads.ts'

/**
 * The range in chunks that lie in the body's buffers: each is done with when the next one is asked for. `read` gives the frames
 * that hold the range. Throws SealBrokenError. Closes the body.
 */
export async function* openByThread(
  body: ThreadBody,
  read: (reading: BlobReading) => AsyncIterable<Uint8Array>,
  range: BlobRange,
): AsyncGenerator<Uint8Array> {
  let reading = 0
  let at = Math.floor(range.start / FRAME_BYTES) * FRAME_BYTES
  const memory = (bytes: number): Uint8Array => body.buffer(reading++).subarray(0, bytes)
  let opened = 0
  /** What is wanted of the next chunk that was opened. */
  const wanted = (bytes: number): Uint8Array => {
    const start = at
    at += bytes
    return body.buffer(opened++).subarray(Math.max(0, range.start - start), Math.min(bytes, range.end - start))
  }
  let inWork: Promise<number> | undefined
  let isClean = false
  try {
    let handed = 0
    for await (const sealed of read({ chunkBytes: body.bufferBytes, passing: true, memory })) {
      const next = body.work(handed++, sealed.length)
      if (inWork) yield wanted(await inWork)
      inWork = next
    }
    if (inWork) yield wanted(await inWork)
    if (at < range.end) throw new SealBrokenError(`the body ends at byte ${at}`)
    isClean = true
  } finally {
    body.close(isClean)
  }
}
