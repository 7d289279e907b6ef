// The public keys of OpenID Connect issuers: from their discovery document and key set, over the network, kept a while.
import type { Clock } from '#base/clock.ts'
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { LRUCache } from 'lru-cache'
import { idpCommunicationError } from './errors.ts'
import { ISSUER_ANSWER_BYTES_MAX, ISSUER_KEYS_AGE_MAX_MS, ISSUER_TIMEOUT_MS, ISSUERS_CACHED_MAX } from './limits.ts'

interface Kept {
  readonly keys: JWTVerifyGetKey
  readonly atMs: number
}

export class Issuers {
  readonly #clock: Clock
  readonly #kept = new LRUCache<string, Kept>({ max: ISSUERS_CACHED_MAX })

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The keys of an issuer (an address, as tokens name it). Throws IDPCommunicationError. */
  async keysOf(issuer: string, fresh = false): Promise<JWTVerifyGetKey> {
    const kept = this.#kept.get(issuer)
    if (kept !== undefined && !fresh && this.#clock.nowMs() - kept.atMs < ISSUER_KEYS_AGE_MAX_MS) return kept.keys
    const discovery = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
    const address = discovery['jwks_uri']
    if (typeof address !== 'string' || !isFetchable(address)) throw idpCommunicationError()
    const keySet = await fetchJson(address)
    if (!Array.isArray(keySet['keys'])) throw idpCommunicationError()
    // Checked to be a key set; jose refuses keys that are none.
    const keys = createLocalJWKSet(keySet as unknown as JSONWebKeySet)
    this.#kept.set(issuer, { keys, atMs: this.#clock.nowMs() })
    return keys
  }
}

/** TLS, but for issuers on this machine. */
function isFetchable(address: string): boolean {
  return address.startsWith('https://') || /^http:\/\/(?:localhost|127\.0\.0\.1)[:/]/.test(address)
}

async function fetchJson(address: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS) })
    if (!answer.ok || answer.body === null) throw idpCommunicationError()
    const pieces: Uint8Array[] = []
    let bytes = 0
    for await (const piece of answer.body) {
      bytes += piece.length
      if (bytes > ISSUER_ANSWER_BYTES_MAX) throw idpCommunicationError()
      pieces.push(piece)
    }
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString())
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // Whatever went wrong on the way to the issuer, the client is told that it could not be reached.
  }
  throw idpCommunicationError()
}
