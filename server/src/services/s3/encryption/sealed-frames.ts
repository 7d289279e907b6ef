// The form of encrypted bodies: frames of AES-256-GCM. Each frame is FRAME_BYTES of the body (the last one fewer) and its tag,
// so a range is read without the rest, and what was changed, cut off or put in another place is noticed at the frame. The
// nonce is the number of the frame and whether it is the last one. A key encrypts one body and never another, so no nonce
// is used twice (the construction is STREAM: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and
// its Nonce-Reuse Misuse-Resistance", CRYPTO 2015).
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { InvariantError } from '#base/errors.ts'

export const FRAME_BYTES = 64 * 1024
export const TAG_BYTES = 16
const SEALED_FRAME_BYTES = FRAME_BYTES + TAG_BYTES
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

function framesOf(bodyBytes: number): number {
  return Math.max(1, Math.ceil(bodyBytes / FRAME_BYTES))
}

/** A body in memory, sealed. */
export function sealBytes(key: Buffer, body: Uint8Array): Buffer {
  const sealed: Buffer[] = []
  const frames = framesOf(body.length)
  for (let frame = 0; frame < frames; frame++)
    sealed.push(
      ...sealFrame(key, frame, frame === frames - 1, body.subarray(frame * FRAME_BYTES, (frame + 1) * FRAME_BYTES)),
    )
  return Buffer.concat(sealed)
}

/** A body as it streams by, sealed; of `bodyBytes`, where that is known beforehand. Chunks may have any size. */
export async function* sealStream(
  key: Buffer,
  source: AsyncIterable<Uint8Array>,
  bodyBytes: number | undefined,
): AsyncGenerator<Uint8Array> {
  let frame = 0
  let held: Uint8Array[] = []
  let heldBytes = 0
  for await (const chunk of source) {
    held.push(chunk)
    heldBytes += chunk.length
    // A frame that nothing has followed yet may be the last one.
    if (heldBytes <= FRAME_BYTES) continue
    const bytes = held.length === 1 ? chunk : Buffer.concat(held)
    let at = 0
    const out: Buffer[] = []
    for (; bytes.length - at > FRAME_BYTES; at += FRAME_BYTES)
      out.push(...sealFrame(key, frame++, false, bytes.subarray(at, at + FRAME_BYTES)))
    if (out.length > 0) yield Buffer.concat(out)
    // Copied where the source may use its buffer again.
    held = at < bytes.length ? [Buffer.from(bytes.subarray(at))] : []
    heldBytes = bytes.length - at
  }
  const rest = Buffer.concat(held)
  const found = frame * FRAME_BYTES + rest.length
  if (bodyBytes !== undefined && found !== bodyBytes)
    throw new InvariantError(`a body of ${bodyBytes} bytes had ${found}`)
  yield Buffer.concat(sealFrame(key, frame, true, rest))
}

function sealFrame(key: Buffer, frame: number, isLast: boolean, bytes: Uint8Array): Buffer[] {
  const cipher = createCipheriv(CIPHER, key, nonceOf(frame, isLast))
  const sealed = cipher.update(bytes)
  cipher.final()
  return [sealed, cipher.getAuthTag()]
}

function openFrame(key: Buffer, frame: number, isLast: boolean, sealed: Uint8Array): Buffer {
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
export function openBytes(key: Buffer, sealed: Uint8Array, bodyBytes: number): Buffer {
  const frames = framesOf(bodyBytes)
  const opened: Buffer[] = []
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * SEALED_FRAME_BYTES
    opened.push(openFrame(key, frame, frame === frames - 1, sealed.subarray(at, at + SEALED_FRAME_BYTES)))
  }
  return opened.length === 1 && opened[0] ? opened[0] : Buffer.concat(opened)
}

/** A range of a body from the bytes that sealedRange named, as they stream by. Throws SealBrokenError. */
export async function* openStream(
  key: Buffer,
  sealed: AsyncIterable<Uint8Array>,
  range: BodyRange,
  bodyBytes: number,
): AsyncGenerator<Uint8Array> {
  const last = framesOf(bodyBytes) - 1
  let frame = Math.floor(range.start / FRAME_BYTES)
  const lastWanted = Math.floor((range.end - 1) / FRAME_BYTES)
  let held: Uint8Array[] = []
  let heldBytes = 0
  const cut = (bytes: Buffer, of: number): Buffer =>
    bytes.subarray(Math.max(0, range.start - of * FRAME_BYTES), Math.max(0, range.end - of * FRAME_BYTES))
  for await (const chunk of sealed) {
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes < SEALED_FRAME_BYTES) continue
    const bytes = held.length === 1 ? chunk : Buffer.concat(held)
    const out: Buffer[] = []
    let at = 0
    for (; bytes.length - at >= SEALED_FRAME_BYTES && frame <= lastWanted; at += SEALED_FRAME_BYTES) {
      out.push(cut(openFrame(key, frame, frame === last, bytes.subarray(at, at + SEALED_FRAME_BYTES)), frame))
      frame++
    }
    if (out.length > 0) yield out.length === 1 && out[0] ? out[0] : Buffer.concat(out)
    held = at < bytes.length ? [bytes.subarray(at)] : []
    heldBytes = bytes.length - at
  }
  if (frame > lastWanted) return
  if (frame !== lastWanted) throw new SealBrokenError(`the body ends before frame ${lastWanted}`)
  yield cut(openFrame(key, frame, frame === last, Buffer.concat(held)), frame)
}
