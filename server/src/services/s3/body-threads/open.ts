// Opens a range of a sealed body by a thread, which reads the file too: while one chunk is sent, the next ones are read and opened.
import type { BlobFile, BlobRange } from '#storage/blobs.ts'
import { FRAME_BYTES, sealedRange } from '../encryption/sealed-frames.ts'
import type { ThreadBody } from './body-threads.ts'
import { BUFFERS_PER_BODY } from './limits.ts'

/**
 * A range (not empty) of a body of `bodyBytes`, in chunks that lie in the buffers of `body`: each is done with when the next one is
 * asked for. Throws SealBrokenError, and what reading the file fails with. Closes the body and the file.
 */
export async function* openByThread(
  body: ThreadBody,
  file: BlobFile,
  range: BlobRange,
  bodyBytes: number,
): AsyncGenerator<Uint8Array> {
  const sealed = sealedRange(range, bodyBytes)
  const inWork: Promise<number>[] = []
  let asked = sealed.start
  const ask = (): void => {
    const bytes = Math.min(body.bufferBytes, sealed.end - asked)
    if (bytes > 0) inWork.push(body.work(inWork.length, bytes))
    asked += bytes
  }
  let isClean = false
  try {
    for (let buffer = 0; buffer < BUFFERS_PER_BODY; buffer++) ask()
    let at = Math.floor(range.start / FRAME_BYTES) * FRAME_BYTES
    for (const [number, working] of inWork.entries()) {
      const bytes = await working
      const start = at
      at += bytes
      yield body.buffer(number).subarray(Math.max(0, range.start - start), Math.min(bytes, range.end - start))
      ask()
    }
    isClean = true
  } finally {
    // A descriptor that is closed is somebody else's next: not while the thread may still read by it.
    await Promise.allSettled(inWork)
    body.close(isClean)
    await file.close()
  }
}
