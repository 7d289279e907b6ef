// The key of a body, and the body under it: sealed once, or for dual-layer encryption (aws:kms:dsse) sealed a second time with a
// key of its own. Source: S3 user guide, "Using dual-layer server-side encryption with AWS KMS keys" (two independent
// layers of AES-256-GCM, each with a data key of its own).
import type { BlobRange } from '#storage/blobs.ts'
import {
  type CipherKey,
  openBytes,
  openStream,
  sealBytes,
  sealedBytes,
  type SealedRange,
  sealedRange,
  sealStream,
} from './sealed-frames.ts'

export interface BodyKey {
  readonly inner: CipherKey
  /** Of the second layer. */
  readonly outer?: CipherKey
}

/** A body in memory, sealed. */
export function sealBody({ inner, outer }: BodyKey, body: Uint8Array): Buffer {
  const once = sealBytes(inner, body)
  return outer ? sealBytes(outer, once) : once
}

/** The opposite of sealBody. Throws SealBrokenError. */
export function openSealedBody({ inner, outer }: BodyKey, sealed: Uint8Array, bodyBytes: number): Buffer {
  const once = outer ? openBytes(outer, sealed, sealedBytes(bodyBytes)) : sealed
  return openBytes(inner, once, bodyBytes)
}

/** As sealStream. */
export function sealBodyStream(
  { inner, outer }: BodyKey,
  source: AsyncIterable<Uint8Array>,
  bodyBytes: number | undefined,
): AsyncIterable<Uint8Array> {
  const once = sealStream(inner, source, bodyBytes)
  return outer ? sealStream(outer, once, bodyBytes === undefined ? undefined : sealedBytes(bodyBytes)) : once
}

/** A range of a body, as it is read by `read` and opened. Throws SealBrokenError. */
export function openBodyStream(
  { inner, outer }: BodyKey,
  read: (range: SealedRange) => AsyncIterable<Uint8Array>,
  range: BlobRange,
  bodyBytes: number,
): AsyncIterable<Uint8Array> {
  const once = sealedRange(range, bodyBytes)
  if (!outer) return openStream(inner, read(once), range, bodyBytes)
  const onceBytes = sealedBytes(bodyBytes)
  return openStream(inner, openStream(outer, read(sealedRange(once, onceBytes)), once, onceBytes), range, bodyBytes)
}
