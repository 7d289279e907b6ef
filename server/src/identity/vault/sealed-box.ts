// Authenticated encryption with AES-256-GCM: initialization vector, tag, then the ciphertext. What it belongs to is
// authenticated with it, so that a box cannot be moved to another record.
import { randomBytesOf } from '#base/ids.ts'
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16
export const BOX_OVERHEAD_BYTES = IV_BYTES + TAG_BYTES

/** The box of `plaintext`. `belongsTo` must be given again to open it. */
export function sealBox(key: Uint8Array | KeyObject, plaintext: Uint8Array, belongsTo: Uint8Array): Buffer {
  const iv = randomBytesOf(IV_BYTES)
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(belongsTo)
  const body = cipher.update(plaintext)
  const end = cipher.final()
  return Buffer.concat([iv, cipher.getAuthTag(), body, end])
}

/** What is in the box; undefined when it was not sealed with this key for this place. */
export function openBox(key: Uint8Array | KeyObject, box: Uint8Array, belongsTo: Uint8Array): Buffer | undefined {
  if (box.length < BOX_OVERHEAD_BYTES) return undefined
  const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(belongsTo)
  decipher.setAuthTag(box.subarray(IV_BYTES, BOX_OVERHEAD_BYTES))
  try {
    return Buffer.concat([decipher.update(box.subarray(BOX_OVERHEAD_BYTES)), decipher.final()])
  } catch {
    // The tag does not hold: the one outcome of a wrong key, a wrong place, and a changed byte.
    return undefined
  }
}
