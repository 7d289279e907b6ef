// HMAC from one-shot hashes with precomputed pads. `crypto.createHmac` makes a key object per call, which is several times
// slower under load on Node 24 than two calls of `crypto.hash`.
import { hash } from 'node:crypto'

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/** Messages up to this size are hashed from a buffer that the key owns, without allocating. */
const SCRATCH_BYTES = 1024

/** An HMAC-SHA256 key, ready to sign many messages. */
export class HmacKey {
  readonly #inner = Buffer.alloc(BLOCK_BYTES + SCRATCH_BYTES, 0x36)
  readonly #outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES, 0x5c)
  /** The part of `#inner` that the last message filled: messages of one key mostly have one length. */
  #filled = this.#inner

  constructor(key: Uint8Array) {
    const block = key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key
    for (const [index, byte] of block.entries()) {
      this.#inner[index] = byte ^ 0x36
      this.#outer[index] = byte ^ 0x5c
    }
  }

  /** The HMAC of a latin1 text as lower-case hexadecimal digits. */
  hex(message: string): string {
    this.#sum(message)
    return hash('sha256', this.#outer, 'hex')
  }

  /** The HMAC of a latin1 text. */
  bytes(message: string): Buffer {
    this.#sum(message)
    return hash('sha256', this.#outer, 'buffer')
  }

  /** Leaves the inner digest behind the outer pad. As text on its way: a buffer per digest costs more than the hash. */
  #sum(message: string): void {
    const bytes = BLOCK_BYTES + message.length
    if (message.length > SCRATCH_BYTES) {
      const long = Buffer.concat([this.#inner.subarray(0, BLOCK_BYTES), Buffer.from(message, 'latin1')])
      this.#outer.write(hash('sha256', long, 'binary'), BLOCK_BYTES, 'latin1')
      return
    }
    if (this.#filled.length !== bytes) this.#filled = this.#inner.subarray(0, bytes)
    this.#inner.write(message, BLOCK_BYTES, 'latin1')
    this.#outer.write(hash('sha256', this.#filled, 'binary'), BLOCK_BYTES, 'latin1')
  }
}

/** Hexadecimal SHA-256 of bytes, or of a text by its latin1 bytes (header values are latin1 on the wire). */
export function sha256Hex(data: string | Uint8Array): string {
  if (typeof data !== 'string') return hash('sha256', data, 'hex')
  // `hash` takes a string for UTF-8.
  if (data.length > TEXT.length) return hash('sha256', Buffer.from(data, 'latin1'), 'hex')
  return hash('sha256', TEXT.subarray(0, TEXT.write(data, 'latin1')), 'hex')
}

/** Texts up to this size (nearly all canonical requests) are hashed out of it, one after the other. */
const TEXT = Buffer.alloc(4096)

/**
 * Compares two short texts in a time that does not depend on where they differ: every character is looked at, and nothing
 * branches on what is found. In place of crypto.timingSafeEqual, whose two buffers cost more than the comparison.
 */
export function equalInConstantTime(left: string, right: string): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let index = 0; index < left.length; index++) difference |= left.charCodeAt(index) ^ right.charCodeAt(index)
  return difference === 0
}
