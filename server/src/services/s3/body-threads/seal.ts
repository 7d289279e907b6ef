// Seals a body of known length by a thread, while it comes in and goes to disk.
import { InvariantError } from '#base/errors.ts'
import { FRAME_BYTES, SEALED_FRAME_BYTES } from '../encryption/sealed-frames.ts'
import type { ThreadBody } from './body-threads.ts'
import type { SealedDigests } from './channel.ts'

interface InWork {
  readonly buffer: number
  readonly sealed: Promise<number>
}

/**
 * The sealed form of `source` in chunks that lie in the body's buffers: a chunk is overwritten when the next but one is asked
 * for. `whenDone` gets the digests after the last chunk and before the stream ends, so what it throws ends the stream with an
 * error. The buffers stay the body's: whoever reads the stream closes it.
 */
export async function* sealByThread(
  body: ThreadBody,
  source: AsyncIterable<Uint8Array>,
  bodyBytes: number,
  whenDone: (digests: SealedDigests & { readonly size: number }) => void,
): AsyncGenerator<Uint8Array> {
  /** Plain bytes that one buffer takes. */
  const room = (body.bufferBytes / SEALED_FRAME_BYTES) * FRAME_BYTES
  let size = 0
  let filling = 0
  let filled = 0
  let inWork: InWork | undefined
  const hand = (): InWork => {
    const handed = { buffer: filling, sealed: body.work(filling, filled) }
    filling++
    filled = 0
    return handed
  }
  for await (const bytes of source) {
    size += bytes.length
    if (size > bodyBytes) throw new InvariantError(`a body of ${bodyBytes} bytes had more`)
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + room - filled)
      body.buffer(filling).set(piece, filled)
      at += piece.length
      filled += piece.length
      if (filled < room) continue
      const handed = hand()
      if (inWork) yield await chunkOf(body, inWork)
      inWork = handed
    }
  }
  if (size !== bodyBytes) throw new InvariantError(`a body of ${bodyBytes} bytes had ${size}`)
  const last = filled > 0 ? hand() : undefined
  if (inWork) yield await chunkOf(body, inWork)
  if (last) yield await chunkOf(body, last)
  whenDone({ size, ...(await body.end()) })
}

async function chunkOf(body: ThreadBody, { buffer, sealed }: InWork): Promise<Uint8Array> {
  const bytes = await sealed
  return body.buffer(buffer).subarray(0, bytes)
}
