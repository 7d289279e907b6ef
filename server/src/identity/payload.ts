// What a request says about its payload: x-amz-content-sha256 and its special values. Decides how the body is read and
// what the signature covers.
import { createHash } from 'node:crypto'
import type { SignedRequest } from './canonical.ts'
import { type Claim, readQuery } from './claim.ts'
import { sha256Hex } from './hmac.ts'
import { BodyRefused, type Refusal } from './refusal.ts'

export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'

/** How the payload is protected. */
export type PayloadMode =
  /** No declaration: the whole body must be hashed before the signature can be checked. */
  | { readonly kind: 'hash-first' }
  /** The hash is declared and signed; the body is held to it at its end. */
  | { readonly kind: 'declared'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  /** aws-chunked. `signed`: each chunk carries a signature; `trailer`: fields follow the last chunk. */
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean; readonly declared: string }

const CHUNKED: ReadonlyMap<string, { readonly signed: boolean; readonly trailer: boolean }> = new Map([
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { signed: false, trailer: true }],
])
const SHA256 = /^[0-9a-f]{64}$/

/** Reads the declaration; a Refusal when it is missing where it must be, unknown, or not allowed for this service. */
export function payloadModeOf(claim: Claim, request: SignedRequest, s3: boolean): PayloadMode | Refusal {
  const declared = declaredHash(claim, request)
  if (!s3) {
    if (declared === undefined) return { kind: 'hash-first' }
    return SHA256.test(declared)
      ? { kind: 'declared', sha256: declared }
      : { kind: 'content-hash-not-allowed', value: declared }
  }
  if (declared === undefined) {
    if (claim.kind === 'v4' && claim.via === 'header') return { kind: 'content-hash-missing' }
    // SDKs that send a chunked body without the header do not exist, but the encoding alone says how to read it.
    if (isAwsChunked(request)) return { kind: 'content-hash-missing' }
    return { kind: 'unsigned' }
  }
  if (declared === UNSIGNED_PAYLOAD) return { kind: 'unsigned' }
  const chunked = CHUNKED.get(declared)
  if (chunked !== undefined) return { kind: 'chunked', ...chunked, declared }
  return SHA256.test(declared)
    ? { kind: 'declared', sha256: declared }
    : { kind: 'content-hash-invalid', value: declared }
}

/** Tells a mode from a refusal. */
export function isPayloadMode(found: PayloadMode | Refusal): found is PayloadMode {
  return (
    found.kind === 'hash-first' || found.kind === 'declared' || found.kind === 'unsigned' || found.kind === 'chunked'
  )
}

/** What stands in the last line of the canonical request. `bodySha256` is asked for in `hash-first` mode only. */
export function signedPayloadHash(mode: PayloadMode, bodySha256: () => string): string {
  if (mode.kind === 'hash-first') return bodySha256()
  if (mode.kind === 'declared') return mode.sha256
  return mode.kind === 'unsigned' ? UNSIGNED_PAYLOAD : mode.declared
}

/** Presigned URLs may carry the declaration in the query (newer SDKs add it there). */
function declaredHash(claim: Claim, request: SignedRequest): string | undefined {
  const header = request.headers['x-amz-content-sha256']
  if (header !== undefined || claim.kind !== 'v4' || claim.via === 'header') return header
  return request.query.includes('X-Amz-Content-Sha256=')
    ? readQuery(request.query).get('X-Amz-Content-Sha256')
    : undefined
}

/** True when the body is framed in chunks of AWS's own kind. */
export function isAwsChunked(request: SignedRequest): boolean {
  return request.headers['content-encoding']?.includes('aws-chunked') === true
}

/** Throws BodyRefused when the bytes have another hash than the declared one. */
export function checkHash(bytes: Buffer, declared: string): void {
  const computed = sha256Hex(bytes)
  if (computed !== declared) throw new BodyRefused({ kind: 'content-hash-mismatch', declared, computed })
}

/** Passes bytes on and holds them to their declared hash at the end. Throws BodyRefused. */
export async function* holdToHash(source: AsyncIterable<Buffer>, sha256: string): AsyncGenerator<Buffer> {
  const running = createHash('sha256')
  for await (const piece of source) {
    running.update(piece)
    yield piece
  }
  const computed = running.digest('hex')
  if (computed !== sha256) throw new BodyRefused({ kind: 'content-hash-mismatch', declared: sha256, computed })
}
