// Why a request is not believed. Pure facts: the gateway turns them into the error code, status and text that AWS gives
// in the protocol at hand (gateway/refusals.ts).

export type Refusal =
  /** There are no credentials at all. */
  | { readonly kind: 'missing' }
  /** More than one of: Authorization header, X-Amz-Algorithm, Signature in the query. */
  | { readonly kind: 'two-mechanisms' }
  /** Known to AWS and not offered: SigV2 by header, SigV4A. */
  | { readonly kind: 'unsupported-mechanism' }
  | { readonly kind: 'malformed-header'; readonly detail: string }
  | { readonly kind: 'malformed-query'; readonly detail: string }
  | {
      readonly kind: 'wrong-service'
      readonly via: 'header' | 'query'
      readonly claimed: string
      readonly expected: string
    }
  /** The host names another region than the credential scope. */
  | {
      readonly kind: 'wrong-region'
      readonly via: 'header' | 'query'
      readonly claimed: string
      readonly expected: string
    }
  /** The day of the credential scope is not the day of the request. */
  | { readonly kind: 'wrong-date'; readonly scopeDate: string; readonly amzDate: string }
  /** Headers that must be under the signature and are not: `host` and every `x-amz-*`. */
  | { readonly kind: 'headers-not-signed'; readonly names: readonly string[] }
  | { readonly kind: 'unknown-key'; readonly accessKeyId: string }
  /** The session token is missing, or not the one of this access key. */
  | { readonly kind: 'invalid-token' }
  | { readonly kind: 'expired-token' }
  | { readonly kind: 'skewed'; readonly amzDate: string; readonly requestMs: number; readonly nowMs: number }
  | { readonly kind: 'url-expired'; readonly expiresS: number; readonly expiredMs: number; readonly nowMs: number }
  | { readonly kind: 'url-not-yet-valid' }
  | {
      readonly kind: 'signature-mismatch'
      readonly accessKeyId: string
      readonly stringToSign: string
      readonly canonicalRequest: string | undefined
      readonly signature: string
    }
  /** x-amz-content-sha256 is required here (S3 with header credentials). */
  | { readonly kind: 'content-hash-missing' }
  | { readonly kind: 'content-hash-invalid'; readonly value: string }
  /** UNSIGNED-PAYLOAD and STREAMING-* are for S3 alone. */
  | { readonly kind: 'content-hash-not-allowed'; readonly value: string }
  | { readonly kind: 'content-hash-mismatch'; readonly declared: string; readonly computed: string }
  /** The body ended early, or is longer than announced. */
  | { readonly kind: 'incomplete-body' }
  | { readonly kind: 'malformed-chunk' }
  | { readonly kind: 'chunk-too-small' }
  | { readonly kind: 'malformed-trailer' }
  | { readonly kind: 'decoded-length-missing' }

/** Thrown while a body is read, when what arrives is not what was signed or announced. */
export class BodyRefused extends Error {
  override readonly name = 'BodyRefused'
  readonly refusal: Refusal

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.kind, options)
    this.refusal = refusal
  }
}
