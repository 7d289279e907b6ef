// Opens a range of a sealed body by a thread: while one chunk is sent, the next one is opened and the one after it read.
import type { BlobRange, BlobReading } from '#storage/blobs.ts'
import { FRAME_BYTES, SealBrokenError } from '../encryption/sealed-frames.ts'
import { InvariantError } from '#base/errors.ts'
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
  const { buffers } = body
  const chunkBytes = buffers[0]?.length ?? 0
  let reading = 0
  let at = Math.floor(range.start / FRAME_BYTES) * FRAME_BYTES
  const memory = (bytes: number): Uint8Array => {
    const buffer = buffers[reading++ % buffers.length]
    if (!buffer) throw new InvariantError('a body has no buffers')
    return buffer.subarray(0, bytes)
  }
  /** What is wanted of the chunk that was opened into a buffer. */
  const wanted = (index: number, bytes: number): Uint8Array | undefined => {
    const start = at
    at += bytes
    return buffers[index % buffers.length]?.subarray(
      Math.max(0, range.start - start),
      Math.min(bytes, range.end - start),
    )
  }
  let opened = 0
  let inWork: Promise<number> | undefined
  let isClean = false
  try {
    let handed = 0
    for await (const sealed of read({ chunkBytes, passing: true, memory })) {
      const next = body.work(handed++ % buffers.length, sealed.length)
      if (inWork) yield wanted(opened++, await inWork) ?? new Uint8Array(0)
      inWork = next
    }
    if (inWork) yield wanted(opened, await inWork) ?? new Uint8Array(0)
    if (at < range.end) throw new SealBrokenError(`the body ends at byte ${at}`)
    isClean = true
  } finally {
    body.close(isClean)
  }
}
