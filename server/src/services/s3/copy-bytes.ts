// The bytes of a copy. Where the source's digests are those of its whole content they are taken over, and the blob is
// duplicated by the driver; otherwise the content is read through once.
import type { OutgoingBody } from '#protocol/operation.ts'
import type { Checksum, ChecksumAlgorithm } from './checksum.ts'
import type { S3Deps } from './deps.ts'
import { type Digests, digestsOf } from './digests.ts'
import { hashedStream } from './hashed-stream.ts'
import { invariant } from '#base/errors.ts'
import { INLINE_BYTES_MAX } from './limits.ts'
import { type FoundObject, openBody } from './object-read.ts'
import type { StoredBody } from './receive-body.ts'

export interface CopiedBody {
  readonly md5: string
  readonly checksum: Checksum
  readonly stored: StoredBody
}

/** Copies a whole object, with a full-object checksum of `algorithm`. */
export async function copyBytes(deps: S3Deps, found: FoundObject, algorithm: ChecksumAlgorithm): Promise<CopiedBody> {
  const { record, inline } = found
  const known = record.checksum.algorithm === algorithm && record.checksum.type === 'FULL_OBJECT'
  if (known && record.body.kind === 'inline' && inline)
    return { md5: record.etag, checksum: record.checksum, stored: { kind: 'inline', bytes: inline } }
  if (known && record.body.kind === 'blob') {
    const release = deps.trash.hold(record.body)
    try {
      const { id } = await deps.blobs.concat([record.body.id])
      return { md5: record.etag, checksum: record.checksum, stored: { kind: 'blob', id } }
    } finally {
      release()
    }
  }
  const whole = { start: 0, end: record.size }
  const inlineMax = INLINE_BYTES_MAX
  const copied = await storeCopy(deps, await openBody(deps, found, whole), record.size, [algorithm], inlineMax)
  const value = copied.digests.checksums.get(algorithm) ?? ''
  return { md5: copied.digests.md5, checksum: { algorithm, value, type: 'FULL_OBJECT' }, stored: copied.stored }
}

/** Stores bytes that come from another object, with their digests. */
export async function storeCopy(
  deps: S3Deps,
  body: OutgoingBody,
  size: number,
  algorithms: readonly ChecksumAlgorithm[],
  inlineBytesMax: number,
): Promise<{ readonly digests: Digests; readonly stored: StoredBody }> {
  if (size <= inlineBytesMax) {
    const bytes = body instanceof Uint8Array ? body : Buffer.concat(await Array.fromAsync(body))
    return { digests: await digestsOf(bytes, algorithms), stored: { kind: 'inline', bytes } }
  }
  let digests: Digests | undefined
  const source = body instanceof Uint8Array ? only(body) : body
  const hashed = hashedStream(deps.md5Thread, source, size, algorithms, (found) => (digests = found))
  const { id } = await deps.blobs.put(hashed, size)
  invariant(digests, 'a blob was completed before its source ended')
  return { digests, stored: { kind: 'blob', id } }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
