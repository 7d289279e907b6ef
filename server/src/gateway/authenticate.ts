// Who is calling. `start` believes a signature; `dev` believes everyone and only reads whom they say they are. Either way
// the result says how the body must be read.
import type { Clock } from '#base/clock.ts'
import type { Principal } from '#base/principal.ts'
import { accountOfAnyKey, DEFAULT_ACCOUNT, regionOf } from '#identity/accounts.ts'
import type { Claim, V2Claim, V4Claim } from '#identity/claim.ts'
import type { Credential, Credentials } from '#identity/credentials.ts'
import { sha256Hex } from '#identity/hmac.ts'
import { isAwsChunked, isPayloadMode, type PayloadMode, payloadModeOf, signedPayloadHash } from '#identity/payload.ts'
import { BodyRefused, type Refusal } from '#identity/refusal.ts'
import { checkLifeV2, verifyV2 } from '#identity/sigv2.ts'
import {
  checkClaim,
  checkLife,
  checkToken,
  type ChunkSeed,
  type SigningKeys,
  type SigningRules,
  verifySignature,
} from '#identity/sigv4.ts'
import type { RequestHead } from './head.ts'

export interface Caller {
  readonly principal: Principal
  /** The account that the request acts in. */
  readonly account: string
  readonly region: string
  readonly mode: PayloadMode
  readonly seed: ChunkSeed | undefined
  /** The raw body, where it had to be read to check the signature. */
  readonly body: Buffer | undefined
}

export interface AuthenticateOptions {
  readonly mode: 'start' | 'dev'
  readonly credentials: Credentials
  readonly keys: SigningKeys
  readonly clock: Clock
}

export interface AuthenticateRequest {
  /** As received: what was signed. */
  readonly head: RequestHead
  /** For SigV2, whose resource begins with the bucket even when the host named it. */
  readonly pathWithBucket: string
  readonly claim: Claim
  readonly rules: SigningRules
  /** From the host, where it names one. */
  readonly hostRegion: string | undefined
  /** Reads the whole raw body, within the operation's bound. */
  readonly readBody: () => Buffer | Promise<Buffer>
}

/** At once when key and body are at hand. Throws or rejects with BodyRefused and the reason when the caller is not believed. */
export function authenticate(request: AuthenticateRequest, options: AuthenticateOptions): Caller | Promise<Caller> {
  const { claim, head, rules } = request
  if (options.mode === 'dev') return believe(request, options)
  if (claim.kind === 'malformed') refuse(claim.refusal)
  const mode = modeOf(request)
  if (claim.kind === 'none') return anonymous(request, mode)
  const nowMs = options.clock.nowMs()
  if (claim.kind === 'v2') {
    if (!rules.s3) refuse({ kind: 'unsupported-mechanism' })
    refuseIf(checkLifeV2(claim, nowMs))
    return withKey(claim, options, (credential) => verifyPresignedV2(request, claim, mode, credential, nowMs))
  }
  refuseIf(checkClaim(claim, head, rules, nowMs, request.hostRegion))
  return withKey(claim, options, (credential) => {
    refuseIf(checkToken(claim.sessionToken, credential, nowMs))
    const body = mode.kind === 'hash-first' ? request.readBody() : undefined
    return body instanceof Promise
      ? body.then((bytes) => verify(request, claim, mode, credential, bytes, options.keys))
      : verify(request, claim, mode, credential, body, options.keys)
  })
}

function verify(
  { head, rules }: AuthenticateRequest,
  claim: V4Claim,
  mode: PayloadMode,
  { secretAccessKey, principal }: Credential,
  body: Buffer | undefined,
  keys: SigningKeys,
): Caller {
  const verified = verifySignature(claim, head, {
    payloadHash: signedPayloadHash(mode, () => sha256Hex(body ?? '')),
    secret: secretAccessKey,
    s3: rules.s3,
    keys,
  })
  if (verified.kind !== 'verified') refuse(verified)
  return { principal, account: accountOf(principal), region: regionOf(claim.region), mode, seed: verified.seed, body }
}

/** Lenient mode: any key is good. The key of a function's instance still means that instance. */
function believe(request: AuthenticateRequest, options: AuthenticateOptions): Caller | Promise<Caller> {
  const { claim } = request
  const nowMs = options.clock.nowMs()
  if (claim.kind === 'v4' && claim.via === 'query') refuseIf(checkLife(claim, nowMs))
  if (claim.kind === 'v2') refuseIf(checkLifeV2(claim, nowMs))
  const mode = lenientModeOf(request)
  if (claim.kind === 'none') return anonymous(request, mode)
  const accessKeyId = claim.accessKeyId ?? ''
  const region = regionOf((claim.kind === 'v2' ? undefined : claim.region) ?? request.hostRegion)
  const callerOf = (known: Credential | undefined): Caller => {
    const account = known === undefined ? accountOfAnyKey(accessKeyId) : accountOf(known.principal)
    const principal: Principal = known?.principal ?? { kind: 'root', account, accessKeyId }
    return { principal, account, region, mode, seed: undefined, body: undefined }
  }
  const found = options.credentials.lookup(accessKeyId)
  return found instanceof Promise ? found.then(callerOf) : callerOf(found)
}

function verifyPresignedV2(
  request: AuthenticateRequest,
  claim: V2Claim,
  mode: PayloadMode,
  credential: Credential,
  nowMs: number,
): Caller {
  const { principal } = credential
  refuseIf(checkToken(claim.sessionToken ?? request.head.headers['x-amz-security-token'], credential, nowMs))
  refuseIf(verifyV2(claim, { ...request.head, path: request.pathWithBucket }, credential.secretAccessKey))
  return {
    principal,
    account: accountOf(principal),
    region: regionOf(request.hostRegion),
    mode,
    seed: undefined,
    body: undefined,
  }
}

function anonymous(request: AuthenticateRequest, mode: PayloadMode): Caller {
  return { ...anonymousCaller(request.hostRegion), mode }
}

/** Nobody, whose body is taken as it is. */
export function anonymousCaller(hostRegion: string | undefined): Caller {
  return {
    principal: { kind: 'anonymous' },
    account: DEFAULT_ACCOUNT,
    region: regionOf(hostRegion),
    mode: { kind: 'unsigned' },
    seed: undefined,
    body: undefined,
  }
}

/** Goes on with the key of the claim; refuses one that is not known. */
function withKey(
  { accessKeyId }: V4Claim | V2Claim,
  { credentials }: AuthenticateOptions,
  go: (credential: Credential) => Caller | Promise<Caller>,
): Caller | Promise<Caller> {
  const known = (found: Credential | undefined): Caller | Promise<Caller> =>
    go(found ?? refuse({ kind: 'unknown-key', accessKeyId }))
  const found = credentials.lookup(accessKeyId)
  return found instanceof Promise ? found.then(known) : known(found)
}

function modeOf(request: AuthenticateRequest): PayloadMode {
  const mode = payloadModeOf(request.claim, request.head, request.rules.s3)
  return isPayloadMode(mode) ? mode : refuse(mode)
}

/** Where no signature is checked, a missing or unusual declaration says only that nothing is held to it. */
function lenientModeOf(request: AuthenticateRequest): PayloadMode {
  const mode = payloadModeOf(request.claim, request.head, request.rules.s3)
  if (mode.kind === 'content-hash-missing' && !isAwsChunked(request.head)) return { kind: 'unsigned' }
  if (mode.kind === 'content-hash-not-allowed') return { kind: 'unsigned' }
  return modeOf(request)
}

function accountOf(principal: Principal): string {
  return principal.kind === 'anonymous' ? DEFAULT_ACCOUNT : principal.account
}

function refuse(refusal: Refusal): never {
  throw new BodyRefused(refusal)
}

function refuseIf(refusal: Refusal | undefined): void {
  if (refusal !== undefined) refuse(refusal)
}
