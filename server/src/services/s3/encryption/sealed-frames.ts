// The form of encrypted bodies: frames of AES-256-GCM. Each frame is FRAME_BYTES of the body (the last one fewer) and its tag,
// so a range is read without the rest, and what was changed, cut off or put in another place is noticed at the frame. The
// nonce is the number of the frame and whether it is the last one. A key encrypts one body and never another, so no nonce
// is used twice (the construction is STREAM: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and
// its Nonce-Reuse Misuse-Resistance", CRYPTO 2015).
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import { InvariantError } from '#base/errors.ts'

/** An object, not bytes: with those each cipher would make an object of its own, which costs three times a small body. */
export type CipherKey = KeyObject

export const FRAME_BYTES = 64 * 1024
export const TAG_BYTES = 16
export const SEALED_FRAME_BYTES = FRAME_BYTES + TAG_BYTES
const NONCE_BYTES = 12
const CIPHER = 'aes-256-gcm'

/** What is stored is not what was written: a fault of the disk, or somebody's hand. */
export class SealBrokenError extends Error {
  override readonly name = 'SealBrokenError'
}

/** Bytes of the sealed form of a body. An empty body has one empty frame. */
export function sealedBytes(bodyBytes: number): number {
  return bodyBytes + TAG_BYTES * framesOf(bodyBytes)
}

/** Frames of a body. */
export function framesOf(bodyBytes: number): number {
  return Math.max(1, Math.ceil(bodyBytes / FRAME_BYTES))
}

/** A body in memory, sealed. */
export function sealBytes(key: CipherKey, body: Uint8Array): Buffer {
  const sealed: Buffer[] = []
  const frames = framesOf(body.length)
  for (let frame = 0; frame < frames; frame++)
    sealed.push(
      ...sealFrame(key, frame, frame === frames - 1, body.subarray(frame * FRAME_BYTES, (frame + 1) * FRAME_BYTES)),
    )
  return Buffer.concat(sealed)
}

/** A body as it streams by, sealed; of `bodyBytes`, where that is known beforehand. Chunks may have any size. */
export function sealStream(
  key: CipherKey,
  source: AsyncIterable<Uint8Array>,
  bodyBytes: number | undefined,
): AsyncGenerator<Uint8Array> {
  return bodyBytes === undefined ? sealUnknown(key, source) : sealKnown(key, source, bodyBytes)
}

/** Which frame is the last one is known from the beginning: nothing is held back, nothing copied. */
async function* sealKnown(
  key: CipherKey,
  source: AsyncIterable<Uint8Array>,
  bodyBytes: number,
): AsyncGenerator<Uint8Array> {
  const last = framesOf(bodyBytes) - 1
  let frame = 0
  let inFrame = 0
  let cipher = createCipheriv(CIPHER, key, nonceOf(0, last === 0))
  for await (const bytes of source)
    for (let at = 0; at < bytes.length;) {
      const taken = Math.min(FRAME_BYTES - inFrame, bytes.length - at)
      if (taken === 0) throw new InvariantError(`a body of ${bodyBytes} bytes had more`)
      yield cipher.update(bytes.subarray(at, at + taken))
      at += taken
      inFrame += taken
      if (inFrame < FRAME_BYTES || frame === last) continue
      cipher.final()
      yield cipher.getAuthTag()
      frame++
      inFrame = 0
      cipher = createCipheriv(CIPHER, key, nonceOf(frame, frame === last))
    }
  const found = frame * FRAME_BYTES + inFrame
  if (found !== bodyBytes) throw new InvariantError(`a body of ${bodyBytes} bytes had ${found}`)
  cipher.final()
  yield cipher.getAuthTag()
}

/** A frame that nothing has followed yet may be the last one, and waits, as a copy: the memory of a chunk may be used again. */
async function* sealUnknown(key: CipherKey, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let frame = 0
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    const bytes = asBuffer(chunk)
    if (held.length + bytes.length <= FRAME_BYTES) {
      held = Buffer.concat([held, bytes])
      continue
    }
    let at = 0
    if (held.length > 0) {
      // Only the frame that lies across two chunks is copied.
      at = FRAME_BYTES - held.length
      yield* sealFrame(key, frame++, false, Buffer.concat([held, bytes.subarray(0, at)]))
    }
    for (; bytes.length - at > FRAME_BYTES; at += FRAME_BYTES)
      yield* sealFrame(key, frame++, false, bytes.subarray(at, at + FRAME_BYTES))
    held = Buffer.from(bytes.subarray(at))
  }
  yield* sealFrame(key, frame, true, held)
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}

function sealFrame(
  key: CipherKey,
  frame: number,
  isLast: boolean,
  bytes: Uint8Array,
): readonly [sealed: Buffer, tag: Buffer] {
  const cipher = createCipheriv(CIPHER, key, nonceOf(frame, isLast))
  const sealed = cipher.update(bytes)
  cipher.final()
  return [sealed, cipher.getAuthTag()]
}

function openFrame(key: CipherKey, frame: number, isLast: boolean, sealed: Uint8Array): Buffer {
  if (sealed.length < TAG_BYTES) throw new SealBrokenError(`frame ${frame} is cut off`)
  const decipher = createDecipheriv(CIPHER, key, nonceOf(frame, isLast))
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  const bytes = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES))
  try {
    decipher.final()
  } catch (cause) {
    throw new SealBrokenError(`frame ${frame} is not what was written`, { cause })
  }
  return bytes
}

/** Which frames lie in a buffer: from `first` on; `last` is the last one of the body. */
export interface FramesInPlace {
  readonly first: number
  readonly last: number
}

/**
 * Seals the first `bytes` of a buffer, whole frames but for the body's last one, where they lie; the buffer has room for the
 * tags. Returns the bytes of the sealed form.
 */
export function sealInPlace(key: CipherKey, buffer: Uint8Array, bytes: number, { first, last }: FramesInPlace): number {
  // From the end: a sealed frame reaches into the frames behind it, which are sealed by then.
  const frames = framesOf(bytes)
  for (let index = frames - 1; index >= 0; index--) {
    const plain = buffer.subarray(index * FRAME_BYTES, Math.min((index + 1) * FRAME_BYTES, bytes))
    const [sealed, tag] = sealFrame(key, first + index, first + index === last, plain)
    const at = index * SEALED_FRAME_BYTES
    buffer.set(sealed, at)
    buffer.set(tag, at + plain.length)
    letGo(sealed)
  }
  return bytes + frames * TAG_BYTES
}

/** The opposite of sealInPlace. Throws SealBrokenError. */
export function openInPlace(key: CipherKey, buffer: Uint8Array, bytes: number, { first, last }: FramesInPlace): number {
  let opened = 0
  for (let index = 0; index * SEALED_FRAME_BYTES < bytes; index++) {
    const at = index * SEALED_FRAME_BYTES
    const sealed = buffer.subarray(at, Math.min(at + SEALED_FRAME_BYTES, bytes))
    const plain = openFrame(key, first + index, first + index === last, sealed)
    buffer.set(plain, opened)
    opened += plain.length
    letGo(plain)
  }
  return opened
}

/** Gives the memory of what a cipher made back at once: left to the collector it would be tens of megabytes. */
function letGo({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}

function nonceOf(frame: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUInt32BE(frame, NONCE_BYTES - 5)
  nonce[NONCE_BYTES - 1] = isLast ? 1 : 0
  return nonce
}

export interface SealedRange {
  /** Which bytes of the sealed form to read. */
  readonly start: number
  readonly end: number
}

interface BodyRange {
  readonly start: number
  readonly end: number
}

/** Which bytes of the sealed form hold a range (not empty) of a body. */
export function sealedRange({ start, end }: BodyRange, bodyBytes: number): SealedRange {
  const first = Math.floor(start / FRAME_BYTES)
  const last = Math.floor((end - 1) / FRAME_BYTES)
  return { start: first * SEALED_FRAME_BYTES, end: Math.min(sealedBytes(bodyBytes), (last + 1) * SEALED_FRAME_BYTES) }
}

/** The opposite of sealBytes. Throws SealBrokenError. */
export function openBytes(key: CipherKey, sealed: Uint8Array, bodyBytes: number): Buffer {
  const frames = framesOf(bodyBytes)
  const opened: Buffer[] = []
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * SEALED_FRAME_BYTES
    opened.push(openFrame(key, frame, frame === frames - 1, sealed.subarray(at, at + SEALED_FRAME_BYTES)))
  }
  return opened.length === 1 && opened[0] ? opened[0] : Buffer.concat(opened)
}

/** Chunks of sealed bytes of this size hold whole frames, at most a MiB. */
export const SEALED_CHUNK_BYTES = 15 * SEALED_FRAME_BYTES

/**
 * A range of a body from the bytes that sealedRange named, as they stream by. A chunk may be used again by its source when
 * the next one is asked for. Throws SealBrokenError.
 */
export async function* openStream(
  key: CipherKey,
  sealed: AsyncIterable<Uint8Array>,
  range: BodyRange,
  bodyBytes: number,
): AsyncGenerator<Uint8Array> {
  const last = framesOf(bodyBytes) - 1
  let frame = Math.floor(range.start / FRAME_BYTES)
  const lastWanted = Math.floor((range.end - 1) / FRAME_BYTES)
  let held: Buffer = Buffer.alloc(0)
  const open = (of: number, bytes: Buffer): Buffer => {
    const start = of * FRAME_BYTES
    const opened = openFrame(key, of, of === last, bytes)
    return opened.subarray(Math.max(0, range.start - start), Math.max(0, range.end - start))
  }
  for await (const chunk of sealed) {
    const bytes = asBuffer(chunk)
    if (held.length + bytes.length < SEALED_FRAME_BYTES) {
      held = Buffer.concat([held, bytes])
      continue
    }
    let at = 0
    if (held.length > 0 && frame <= lastWanted) {
      at = SEALED_FRAME_BYTES - held.length
      yield open(frame++, Buffer.concat([held, bytes.subarray(0, at)]))
    }
    for (; bytes.length - at >= SEALED_FRAME_BYTES && frame <= lastWanted; at += SEALED_FRAME_BYTES)
      yield open(frame++, bytes.subarray(at, at + SEALED_FRAME_BYTES))
    held = Buffer.from(bytes.subarray(at))
  }
  if (frame > lastWanted) return
  if (frame !== lastWanted) throw new SealBrokenError(`the body ends before frame ${lastWanted}`)
  yield open(frame, held)
}
