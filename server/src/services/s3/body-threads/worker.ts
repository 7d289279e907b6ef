// A body thread: hashes and encrypts, or decrypts, what passes through shared buffers. It knows nothing but the channel.
import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { InvariantError } from '#base/errors.ts'
import { preloadChecksums } from '#identity/checksums.ts'
import { createRunningChecksums } from '../digests.ts'
import { framesOf, openInPlace, SealBrokenError, SEALED_FRAME_BYTES, sealInPlace } from '../encryption/sealed-frames.ts'
import type { BodyAnswer, BodyRequest, BodyTask } from './channel.ts'

interface Body {
  readonly buffers: readonly Uint8Array[]
  /** Seals or opens what is in the buffer; returns how many bytes came out. */
  work(buffer: Uint8Array, bytes: number): number
  digests?(): Pick<Extract<BodyAnswer, { kind: 'ended' }>, 'md5' | 'checksums'>
}

const port = parentPort
if (!port) throw new InvariantError('a body thread was started as a program')
await preloadChecksums()
const bodies = new Map<number, Body>()
const answer = (message: BodyAnswer): void => port.postMessage(message, [])
port.on('message', take)

function take(request: BodyRequest): void {
  const { body: id } = request
  if (request.kind === 'begin') {
    const { task, buffers } = request
    const key = createSecretKey(request.key)
    bodies.set(id, { buffers, ...(task.kind === 'seal' ? sealing(task, key) : opening(task, key)) })
    return
  }
  const body = bodies.get(id)
  // One that broke: what was still on its way is not wanted.
  if (!body) return
  if (request.kind === 'work') return work(id, body, request)
  bodies.delete(id)
  if (request.kind === 'drop') return
  if (!body.digests) throw new InvariantError('only what is sealed has an end')
  answer({ kind: 'ended', body: id, ...body.digests() })
}

function work(id: number, body: Body, request: Extract<BodyRequest, { kind: 'work' }>): void {
  const buffer = body.buffers[request.buffer]
  if (!buffer) throw new InvariantError(`body ${id} has no buffer ${request.buffer}`)
  try {
    answer({ kind: 'done', body: id, bytes: body.work(buffer, request.bytes) })
  } catch (error) {
    if (!(error instanceof SealBrokenError)) throw error
    bodies.delete(id)
    answer({ kind: 'broken', body: id, message: error.message })
  }
}

function sealing({ frames, algorithms }: Extract<BodyTask, { kind: 'seal' }>, key: KeyObject): Omit<Body, 'buffers'> {
  const md5 = createHash('md5')
  const checksums = createRunningChecksums(algorithms)
  let frame = 0
  return {
    work(buffer, bytes) {
      const plain = buffer.subarray(0, bytes)
      md5.update(plain)
      checksums.update(plain)
      const first = frame
      frame += framesOf(bytes)
      return sealInPlace(key, buffer, bytes, { first, last: frames - 1 })
    },
    digests: () => ({ md5: md5.digest('hex'), checksums: checksums.end() }),
  }
}

function opening({ frames, firstFrame }: Extract<BodyTask, { kind: 'open' }>, key: KeyObject): Omit<Body, 'buffers'> {
  let frame = firstFrame
  return {
    work(buffer, bytes) {
      const first = frame
      frame += Math.ceil(bytes / SEALED_FRAME_BYTES)
      return openInPlace(key, buffer, bytes, { first, last: frames - 1 })
    },
  }
}
