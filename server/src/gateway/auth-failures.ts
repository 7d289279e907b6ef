// Slows down whoever is not believed, again and again: guesses at keys and signatures, and the work and the log lines that
// they cost. Counted twice, each in a bounded table of buckets that fill up again with time:
//
// - by the address that it came from. When its bucket is empty, a request from there is refused before its body is read
//   or its key is looked up, unless this very key was believed from there since the trouble began.
// - by access key. When its bucket is empty, failures of that key are answered without saying what was wrong with them.
//   Good requests are never refused for it: somebody elsewhere who fails with a key must not lock its owner out.
//
// While nobody fails this costs a request nothing but a look at an empty table.
import type { Clock } from '#base/clock.ts'
import { grownTo } from '#base/grown-cache.ts'
import { LRUCache } from 'lru-cache'
import { FAILING_ADDRESSES_MAX, FAILING_KEYS_MAX, type GatewayLimits } from './limits.ts'

/** Tokens, as of a moment. */
interface Bucket {
  tokens: number
  atMs: number
}

interface FailingAddress extends Bucket {
  /** Keys that were believed from here since the first failure; bounded. */
  readonly believed: Set<string>
}

const BELIEVED_KEYS_MAX = 100

export type AuthLimits = Pick<GatewayLimits, 'authFailuresMax' | 'authFailuresPerSecond'>

export class AuthFailures {
  readonly #limits: AuthLimits
  readonly #clock: Clock
  readonly #addresses = new LRUCache<string, FailingAddress>(grownTo(FAILING_ADDRESSES_MAX))
  readonly #keys = new LRUCache<string, Bucket>(grownTo(FAILING_KEYS_MAX))

  constructor(limits: AuthLimits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** Whether a request that claims this key is refused before anything of it is looked at. */
  isRefused(address: string, accessKeyId: string | undefined): boolean {
    if (this.#addresses.size === 0) return false
    const found = this.#addresses.get(address)
    if (found === undefined || this.#fill(found) >= 1) return false
    return accessKeyId === undefined || !found.believed.has(accessKeyId)
  }

  /** Someone was believed. */
  succeeded(address: string, accessKeyId: string): void {
    if (this.#addresses.size === 0) return
    const believed = this.#addresses.get(address)?.believed
    if (believed !== undefined && believed.size < BELIEVED_KEYS_MAX) believed.add(accessKeyId)
  }

  /** Someone was not believed; true when their answer must not say why. Undefined counts nowhere. */
  failed(address: string | undefined, accessKeyId: string | undefined): boolean {
    if (address !== undefined) this.#countAddress(address)
    return accessKeyId !== undefined && this.#countKey(accessKeyId)
  }

  #countAddress(address: string): void {
    const known = this.#addresses.get(address)
    if (known === undefined) this.#addresses.set(address, { ...this.#full(1), believed: new Set() })
    else this.#take(known)
  }

  #countKey(accessKeyId: string): boolean {
    const known = this.#keys.get(accessKeyId)
    if (known !== undefined) return !this.#take(known)
    this.#keys.set(accessKeyId, this.#full(1))
    return false
  }

  #full(taken: number): Bucket {
    return { tokens: this.#limits.authFailuresMax - taken, atMs: this.#clock.monotonicMs() }
  }

  /** Takes a token; false when there is none. */
  #take(bucket: Bucket): boolean {
    if (this.#fill(bucket) < 1) return false
    bucket.tokens--
    return true
  }

  #fill(bucket: Bucket): number {
    const nowMs = this.#clock.monotonicMs()
    const { authFailuresMax, authFailuresPerSecond } = this.#limits
    bucket.tokens = Math.min(authFailuresMax, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * authFailuresPerSecond)
    bucket.atMs = nowMs
    return bucket.tokens
  }
}
