// An unpacking thread: see unpack-in-thread.ts. It gives way to the server's other threads.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { InvariantError } from '#base/errors.ts'
import { ImageFault } from '../image-fault.ts'
import { UNPACK_THREAD_NICE } from '../limits.ts'
import { unpackLayers } from '../unpack-layers.ts'
import type { UnpackPiece, UnpackRequest, UnpackTask } from './channel.ts'

if (!parentPort) throw new InvariantError('an unpacking thread was started as a program')
const port = parentPort
// Of this thread alone.
setPriority(UNPACK_THREAD_NICE)
// From unpack-in-thread.ts, which is its only starter.
const { folder, layers, bounds } = workerData as UnpackTask

/** Requests are answered in their order. */
const asked: ((piece: UnpackPiece) => void)[] = []
port.on('message', (piece: UnpackPiece) => asked.shift()?.(piece))

function ask(request: UnpackRequest): Promise<UnpackPiece> {
  const { promise, resolve } = Promise.withResolvers<UnpackPiece>()
  asked.push(resolve)
  port.postMessage(request)
  return promise
}

/** The packed bytes of a layer: while one piece is worked on, the next one comes. */
async function* read(layer: number): AsyncGenerator<Uint8Array> {
  for (let next = ask({ kind: 'begin', layer }), piece = await next; piece; piece = await next) {
    next = ask({ kind: 'next' })
    yield piece
  }
}

try {
  await unpackLayers(folder, layers, read, bounds)
} catch (error) {
  if (!(error instanceof ImageFault)) throw error
  port.postMessage({ kind: 'fault', message: error.message } satisfies UnpackRequest)
}
port.close()
