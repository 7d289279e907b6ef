// A body thread: hashes and encrypts, or decrypts, what passes through its hands. It knows nothing but the channel.
import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import { InvariantError } from '#base/errors.ts'
import { preloadChecksums } from '#identity/checksums.ts'
import { createRunningChecksums } from '../digests.ts'
import { framesOf, openInPlace, SealBrokenError, SEALED_FRAME_BYTES, sealInPlace } from '../encryption/sealed-frames.ts'
import type { BodyAnswer, BodyRequest, BodyTask, SealedDigests } from './channel.ts'

interface Body {
  /** Seals or opens what is in the buffer; returns how many bytes came out. */
  work(buffer: Uint8Array, bytes: number): number
  digests?(): SealedDigests
}

class ReadFailed extends Error {}

const port = parentPort
if (!port) throw new InvariantError('a body thread was started as a program')
await preloadChecksums()
const bodies = new Map<number, Body>()
const answer = (message: BodyAnswer, handed: ArrayBuffer[] = []): void => port.postMessage(message, handed)
port.on('message', take)

function take(request: BodyRequest): void {
  const { body: id } = request
  if (request.kind === 'begin') {
    const { task } = request
    const key = createSecretKey(request.key)
    bodies.set(id, task.kind === 'seal' ? sealing(task, key) : opening(task, key))
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

function work(id: number, body: Body, { memory, bytes }: Extract<BodyRequest, { kind: 'work' }>): void {
  try {
    const out = body.work(new Uint8Array(memory), bytes)
    answer({ kind: 'done', body: id, memory, bytes: out }, [memory])
  } catch (error) {
    if (!(error instanceof SealBrokenError || error instanceof ReadFailed)) throw error
    bodies.delete(id)
    answer({ kind: error instanceof ReadFailed ? 'failed' : 'broken', body: id, message: error.message })
  }
}

function sealing({ frames, algorithms }: Extract<BodyTask, { kind: 'seal' }>, key: KeyObject): Body {
  const md5 = createHash('md5')
  const checksums = createRunningChecksums(algorithms)
  let sealedCrc32 = 0
  let frame = 0
  return {
    work(buffer, bytes) {
      const plain = buffer.subarray(0, bytes)
      md5.update(plain)
      checksums.update(plain)
      const first = frame
      frame += framesOf(bytes)
      const out = sealInPlace(key, buffer, bytes, { first, last: frames - 1 })
      sealedCrc32 = crc32(buffer.subarray(0, out), sealedCrc32)
      return out
    },
    digests: () => ({ md5: md5.digest('hex'), checksums: checksums.end(), sealedCrc32 }),
  }
}

function opening({ frames, firstFrame, file }: Extract<BodyTask, { kind: 'open' }>, key: KeyObject): Body {
  let frame = firstFrame
  return {
    work(buffer, bytes) {
      readWhole(file, buffer.subarray(0, bytes), frame * SEALED_FRAME_BYTES)
      const first = frame
      frame += Math.ceil(bytes / SEALED_FRAME_BYTES)
      return openInPlace(key, buffer, bytes, { first, last: frames - 1 })
    },
  }
}

/** Throws SealBrokenError where the file ends before, ReadFailed. */
function readWhole(file: number, memory: Uint8Array, position: number): void {
  for (let done = 0; done < memory.length;) {
    const read = readSome(file, memory.subarray(done), position + done)
    if (read === 0) throw new SealBrokenError('the file of a body is shorter than the body')
    done += read
  }
}

function readSome(file: number, memory: Uint8Array, position: number): number {
  try {
    return readSync(file, memory, { position })
  } catch (cause) {
    throw new ReadFailed(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
