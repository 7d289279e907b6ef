// What a FIFO queue remembers for five minutes: which deduplication ids were sent, as hashes, and which message came of
// each. The hashes stand in the segments, so the memory is rebuilt with them; here is only the way from hash to sequence.
import { hash } from 'node:crypto'
import { DEDUPLICATION_WINDOW_MS } from './limits.ts'

/** 16 bytes, as a string with one character per byte. */
export type DeduplicationHash = string

/** The hash of an id; of an id within its group where that is the queue's scope. */
export function deduplicationHash(id: string, groupId: string | undefined): DeduplicationHash {
  const text = groupId === undefined ? id : `${groupId}\0${id}`
  return hash('sha256', text, 'binary').slice(0, 16)
}

/** What stands for the id when the queue deduplicates by content: SHA-256 of the body, not of the attributes. */
export function contentId(body: Uint8Array | string): string {
  return hash('sha256', body, 'hex')
}

/** An expired entry leaves with each new one, and one more: so the map shrinks when the rate does. */
const EXPIRED_PER_ADD = 2

export class DeduplicationWindow {
  // In the order of sending: the oldest are first.
  readonly #sent = new Map<DeduplicationHash, { readonly sequence: number; readonly sentMs: number }>()

  get size(): number {
    return this.#sent.size
  }

  /** The message that was sent with this hash within the window. */
  find(key: DeduplicationHash, nowMs: number): number | undefined {
    const found = this.#sent.get(key)
    return found !== undefined && found.sentMs + DEDUPLICATION_WINDOW_MS > nowMs ? found.sequence : undefined
  }

  add(key: DeduplicationHash, sequence: number, sentMs: number): void {
    this.#sent.delete(key)
    this.#sent.set(key, { sequence, sentMs })
    this.forgetExpired(sentMs, EXPIRED_PER_ADD)
  }

  /** Forgets what is past the window, at most `max`. */
  forgetExpired(nowMs: number, max = Number.POSITIVE_INFINITY): void {
    let left = max
    for (const [key, { sentMs }] of this.#sent) {
      if (left-- <= 0 || sentMs + DEDUPLICATION_WINDOW_MS > nowMs) return
      this.#sent.delete(key)
    }
  }
}
