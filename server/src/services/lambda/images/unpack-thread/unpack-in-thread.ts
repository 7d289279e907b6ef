// Unpacks an image beside the main thread, which only reads the packed bytes: hashing, inflating, and writing every file
// takes seconds for a large image. A thread lives as long as its image is unpacked.
import { invariant } from '#base/errors.ts'
import { runThread } from '#base/short-thread.ts'
import type { BlobReading, Blobs } from '#storage/blobs.ts'
import { ImageFault } from '../image-fault.ts'
import { UNPACK_PIECE_BYTES, UNPACK_THREAD_MB } from '../limits.ts'
import type { UnpackPiece, UnpackRequest, UnpackTask } from './channel.ts'

/** A piece is copied when it is handed over. */
const READING: BlobReading = { chunkBytes: UNPACK_PIECE_BYTES, passing: true }

/** Throws ImageFault, what Blobs and the file system throw, and the signal's reason. Nobody writes any more when it settles. */
export async function unpackInThread(blobs: Blobs, task: UnpackTask, signal: AbortSignal | undefined): Promise<void> {
  let layer: AsyncIterator<Uint8Array> | undefined
  const file = new URL('./worker.ts', import.meta.url)
  const limits = { maxOldGenerationSizeMb: UNPACK_THREAD_MB }
  try {
    await runThread({ file, name: 'mayfly-unpack', task, limits, signal }, async (said, worker): Promise<void> => {
      // From worker.ts.
      const request = said as UnpackRequest
      if (request.kind === 'fault') throw new ImageFault(request.message)
      if (request.kind === 'begin') {
        await layer?.return?.()
        layer = piecesOf(blobs, task, request.layer)
      }
      invariant(layer, 'a thread asks for the next piece of no layer')
      const { done, value } = await layer.next()
      const piece: UnpackPiece = done === true ? undefined : value
      worker.postMessage(piece, [])
    })
  } catch (error) {
    throw isTooLarge(error) ? new ImageFault('its names take too much memory', { cause: error }) : error
  } finally {
    await layer?.return?.()
  }
}

function piecesOf(blobs: Blobs, { layers }: UnpackTask, number: number): AsyncIterator<Uint8Array> {
  const layer = layers[number]
  invariant(layer, `there is no layer ${number}`)
  return blobs.get(layer.blobId, undefined, READING)[Symbol.asyncIterator]()
}

/** The thread reached the bound of its heap, where hardly more than the names of files and folders lies. */
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}
