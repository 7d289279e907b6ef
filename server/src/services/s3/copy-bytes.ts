// The bytes of a copy. Where the source's digests are those of its whole content they are taken over, and the blob is
// duplicated by the driver; otherwise the content is read through once.
import type { OutgoingBody } from '#protocol/operation.ts'
import type { Checksum, ChecksumAlgorithm } from './checksum.ts'
import type { S3Deps } from './deps.ts'
import type { CustomerKey } from './encryption/customer-key.ts'
import type { ObjectEncryption } from './encryption/object-encryption.ts'
import type { SealingKey } from './encryption/object-keys.ts'
import { type BodyKey, sealBody } from './encryption/body-key.ts'
import type { EncryptionWish } from './encryption/wish.ts'
import { type Digests, digestsOf } from './digests.ts'
import { keepSealed } from './keep-sealed.ts'
import { INLINE_BYTES_MAX } from './limits.ts'
import { type FoundObject, openBody } from './object-read.ts'
import type { StoredBody } from './receive-body.ts'

export interface CopiedBody {
  readonly md5: string
  readonly checksum: Checksum
  readonly stored: StoredBody
  readonly encryption: ObjectEncryption
}

/** How a copy is to be encrypted, and what opens its source. */
export interface CopyKeys {
  readonly wish: EncryptionWish
  /** Makes the key of the copy, where it does not take over its source's. */
  readonly newKey: () => Promise<SealingKey>
  readonly customerKey: CustomerKey | undefined
}

/** Copies a whole object, with a full-object checksum of `algorithm`. */
export async function copyBytes(
  deps: S3Deps,
  found: FoundObject,
  algorithm: ChecksumAlgorithm,
  { wish, newKey, customerKey }: CopyKeys,
): Promise<CopiedBody> {
  const { record, inline } = found
  const { encryption, etag: md5 } = record
  const sameDigests = record.checksum.algorithm === algorithm && record.checksum.type === 'FULL_OBJECT'
  // The same bytes under the same key are the same sealed bytes.
  const known = sameDigests && wish.kind === 's3' && encryption?.kind === 's3'
  if (known && record.body.kind === 'inline' && inline)
    return { md5, checksum: record.checksum, encryption, stored: { kind: 'inline', bytes: inline } }
  if (known && record.body.kind === 'blob') {
    const release = deps.trash.hold(record.body)
    try {
      const { id, crc32 } = await deps.blobs.concat([record.body.id])
      return { md5, checksum: record.checksum, encryption, stored: { kind: 'blob', id, crc32 } }
    } finally {
      release()
    }
  }
  const whole = { start: 0, end: record.size }
  const target = await newKey()
  const copied = await storeCopy(deps, await openBody(deps, found, whole, { customerKey }), {
    size: record.size,
    algorithms: [algorithm],
    inlineBytesMax: INLINE_BYTES_MAX,
    sealingKey: target.key,
  })
  const value = copied.digests.checksums.get(algorithm) ?? ''
  return {
    md5: copied.digests.md5,
    checksum: { algorithm, value, type: 'FULL_OBJECT' },
    stored: copied.stored,
    encryption: target.encryption,
  }
}

export interface CopyPlan {
  readonly size: number
  readonly algorithms: readonly ChecksumAlgorithm[]
  /** Up to this size the bytes are handed back instead of stored. */
  readonly inlineBytesMax: number
  readonly sealingKey: BodyKey
}

/** Stores bytes that come from another object, with their digests. */
export async function storeCopy(
  deps: S3Deps,
  body: OutgoingBody,
  { size, algorithms, inlineBytesMax, sealingKey }: CopyPlan,
): Promise<{ readonly digests: Digests; readonly stored: StoredBody }> {
  if (size <= inlineBytesMax) {
    const bytes = body instanceof Uint8Array ? body : Buffer.concat(await Array.fromAsync(body))
    return {
      digests: await digestsOf(bytes, algorithms),
      stored: { kind: 'inline', bytes: sealBody(sealingKey, bytes) },
    }
  }
  const source = body instanceof Uint8Array ? only(body) : body
  return keepSealed(deps, source, { key: sealingKey, bytes: size, algorithms }, () => {})
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
