// Verification of Signature Version 4, by header and in the query. Pure: the time and the secret are passed in. The order
// of the checks is AWS's: the form of the claim, the clock, the key (the caller's lookup), then the signature.
import { grownTo } from '#base/grown-cache.ts'
import { LRUCache } from 'lru-cache'
import { canonicalHeaders, canonicalPath, canonicalPathOfS3, canonicalQuery, type SignedRequest } from './canonical.ts'
import type { V4Claim } from './claim.ts'
import type { Credential } from './credentials.ts'
import { equalInConstantTime, HmacKey, sha256Hex } from './hmac.ts'
import { CLOCK_SKEW_MAX_MS, PRESIGNED_EXPIRES_MAX_S, SIGNING_KEYS_MAX } from './limits.ts'
import type { Refusal } from './refusal.ts'

/** What a chunked body goes on signing with. */
export interface ChunkSeed {
  readonly key: HmacKey
  readonly amzDate: string
  readonly scope: string
  /** Signature of the headers: the first link of the chain. */
  readonly signature: string
}

export type Verification = { readonly kind: 'verified'; readonly seed: ChunkSeed } | Refusal

/** Which rules of signing a service follows. */
export interface SigningRules {
  /** S3 signs the path as it is, and may leave the payload unsigned. */
  readonly s3: boolean
  /** Service names that the credential scope may carry. */
  readonly signingNames: readonly string[]
}

/** The checks that need no secret: scope (`hostRegion`: the region that the host names, if it names one), date, signed headers, time of life. Undefined when the claim may go on. */
export function checkClaim(
  claim: V4Claim,
  request: SignedRequest,
  rules: SigningRules,
  nowMs: number,
  hostRegion?: string,
): Refusal | undefined {
  if (!rules.signingNames.includes(claim.service))
    return { kind: 'wrong-service', via: claim.via, claimed: claim.service, expected: rules.signingNames[0] ?? '' }
  if (hostRegion !== undefined && claim.region !== hostRegion)
    return { kind: 'wrong-region', via: claim.via, claimed: claim.region, expected: hostRegion }
  if (claim.amzDate.slice(0, 8) !== claim.scopeDate)
    return { kind: 'wrong-date', scopeDate: claim.scopeDate, amzDate: claim.amzDate }
  const unsigned = unsignedHeaders(claim, request)
  if (unsigned.length > 0) return { kind: 'headers-not-signed', names: unsigned }
  return claim.via === 'header' ? checkClock(claim, nowMs) : checkLife(claim, nowMs)
}

/** The times of a presigned URL: enforced even where signatures are not. */
export function checkLife(claim: V4Claim, nowMs: number): Refusal | undefined {
  const expiresS = claim.expiresS ?? -1
  if (expiresS < 0) return { kind: 'malformed-query', detail: 'X-Amz-Expires must be non-negative' }
  if (expiresS > PRESIGNED_EXPIRES_MAX_S)
    return {
      kind: 'malformed-query',
      detail: `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${PRESIGNED_EXPIRES_MAX_S} seconds`,
    }
  if (claim.requestMs > nowMs + CLOCK_SKEW_MAX_MS) return { kind: 'url-not-yet-valid' }
  const expiredMs = claim.requestMs + expiresS * 1000
  return expiredMs < nowMs ? { kind: 'url-expired', expiresS, expiredMs, nowMs } : undefined
}

function checkClock(claim: V4Claim, nowMs: number): Refusal | undefined {
  if (Math.abs(nowMs - claim.requestMs) <= CLOCK_SKEW_MAX_MS) return undefined
  return { kind: 'skewed', amzDate: claim.amzDate, requestMs: claim.requestMs, nowMs }
}

function unsignedHeaders(claim: V4Claim, request: SignedRequest): readonly string[] {
  const names: string[] = []
  // HTTP/2 clients sign the host under its pseudo name.
  const signsHost = claim.signedHeaders.includes('host') || claim.signedHeaders.includes(':authority')
  if (!signsHost) names.push('host')
  for (const name in request.headers)
    if (name.startsWith('x-amz-') && !claim.signedHeaders.includes(name)) names.push(name)
  return names
}

/** Session token and expiry of temporary credentials. */
export function checkToken(token: string | undefined, credential: Credential, nowMs: number): Refusal | undefined {
  if (credential.sessionToken === undefined) return token === undefined ? undefined : { kind: 'invalid-token' }
  if (token === undefined || !equalInConstantTime(token, credential.sessionToken)) return { kind: 'invalid-token' }
  if (credential.expiresMs !== undefined && credential.expiresMs <= nowMs) return { kind: 'expired-token' }
  return undefined
}

/** The text whose hash is signed. Undefined when path or query hold a broken percent escape. */
export function canonicalRequest(
  claim: Pick<V4Claim, 'via' | 'signedHeaders' | 'signedNames'>,
  request: SignedRequest,
  payloadHash: string,
  s3: boolean,
): string | undefined {
  const path = s3 ? canonicalPathOfS3(request.path) : canonicalPath(request.path)
  const query = canonicalQuery(request.query, claim.via === 'query' ? 'X-Amz-Signature' : undefined)
  if (path === undefined || query === undefined) return undefined
  const headers = canonicalHeaders(claim.signedHeaders, request.headers)
  return `${request.method}\n${path}\n${query}\n${headers}\n${claim.signedNames}\n${payloadHash}`
}

/** Signing keys by credential scope. A key is kept only after a signature by it was good; bounded. */
export class SigningKeys {
  readonly #keys = new LRUCache<string, { readonly secret: string; readonly key: HmacKey }>(grownTo(SIGNING_KEYS_MAX))

  find(claim: V4Claim, secret: string): HmacKey | undefined {
    const found = this.#keys.get(claim.credential)
    return found !== undefined && found.secret === secret ? found.key : undefined
  }

  keep(claim: V4Claim, secret: string, key: HmacKey): void {
    this.#keys.set(claim.credential, { secret, key })
  }

  /** Forgets everything, for example when a key was disabled. */
  clear(): void {
    this.#keys.clear()
  }
}

/** The key of a day, region and service (AWS: "Derive a signing key"). */
export function deriveSigningKey(secret: string, claim: Pick<V4Claim, 'scopeDate' | 'region' | 'service'>): HmacKey {
  const date = new HmacKey(Buffer.from(`AWS4${secret}`)).bytes(claim.scopeDate)
  const region = new HmacKey(date).bytes(claim.region)
  const service = new HmacKey(region).bytes(claim.service)
  return new HmacKey(new HmacKey(service).bytes('aws4_request'))
}

/** Compares the claimed signature with the one that `secret` makes over the request. */
export function verifySignature(
  claim: V4Claim,
  request: SignedRequest,
  options: { readonly payloadHash: string; readonly secret: string; readonly s3: boolean; readonly keys: SigningKeys },
): Verification {
  const { payloadHash, secret, s3, keys } = options
  const canonical = canonicalRequest(claim, request, payloadHash, s3)
  const stringToSign = `AWS4-HMAC-SHA256\n${claim.amzDate}\n${claim.scope}\n${canonical === undefined ? '' : sha256Hex(canonical)}`
  const known = keys.find(claim, secret)
  const key = known ?? deriveSigningKey(secret, claim)
  if (canonical === undefined || !equalInConstantTime(key.hex(stringToSign), claim.signature))
    return {
      kind: 'signature-mismatch',
      accessKeyId: claim.accessKeyId,
      stringToSign,
      canonicalRequest: canonical,
      signature: claim.signature,
    }
  if (known === undefined) keys.keep(claim, secret, key)
  return { kind: 'verified', seed: { key, amzDate: claim.amzDate, scope: claim.scope, signature: claim.signature } }
}
