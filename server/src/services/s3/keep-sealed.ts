// Hashes and encrypts a body that streams by, and keeps it as a blob: a large one by a thread, where there is room for it.
import { invariant } from '#base/errors.ts'
import { sealByThread } from './body-threads/seal.ts'
import { THREAD_BODY_BYTES_MIN } from './body-threads/limits.ts'
import type { ChecksumAlgorithm } from './checksum.ts'
import type { S3Deps } from './deps.ts'
import type { Digests } from './digests.ts'
import { type BodyKey, sealBodyStream } from './encryption/body-key.ts'
import { framesOf } from './encryption/sealed-frames.ts'
import { hashedStream } from './hashed-stream.ts'

export interface SealingPlan {
  readonly key: BodyKey
  /** Of the body; undefined where its end will tell. */
  readonly bytes: number | undefined
  readonly algorithms: readonly ChecksumAlgorithm[]
}

/** A blob, and the CRC-32 of what it holds. */
export interface KeptBlob {
  readonly kind: 'blob'
  readonly id: string
  readonly crc32: number
}

export interface KeptBody {
  readonly digests: Digests
  readonly stored: KeptBlob
}

/** `checked` gets the digests before the blob is complete: what it throws, this throws, and nothing is kept. */
export async function keepSealed(
  deps: S3Deps,
  source: AsyncIterable<Uint8Array>,
  plan: SealingPlan,
  checked: (digests: Digests) => void,
): Promise<KeptBody> {
  let digests: Digests | undefined
  const whenDone = (found: Digests): void => {
    checked(found)
    digests = found
  }
  const { id, crc32 } = await keep(deps, source, plan, whenDone)
  invariant(digests, 'a blob was completed before its source ended')
  return { digests, stored: { kind: 'blob', id, crc32 } }
}

async function keep(
  deps: S3Deps,
  source: AsyncIterable<Uint8Array>,
  { key, bytes, algorithms }: SealingPlan,
  whenDone: (digests: Digests) => void,
): Promise<{ readonly id: string; readonly crc32: number }> {
  const task =
    bytes !== undefined && bytes >= THREAD_BODY_BYTES_MIN && !key.outer
      ? ({ kind: 'seal', frames: framesOf(bytes), algorithms } as const)
      : undefined
  const body = task && deps.bodyThreads.begin(task, key.inner)
  if (!body || bytes === undefined)
    return deps.blobs.put(sealBodyStream(key, hashedStream(source, algorithms, whenDone), bytes))
  let isClean = false
  let sealedCrc32: number | undefined
  const ended = (digests: Digests & { readonly sealedCrc32: number }): void => {
    sealedCrc32 = digests.sealedCrc32
    whenDone(digests)
  }
  const sum = (): number => {
    invariant(sealedCrc32 !== undefined, 'a blob was completed before its source ended')
    return sealedCrc32
  }
  try {
    const stored = await deps.blobs.put(sealByThread(body, source, bytes, ended), { passing: true, crc32: sum })
    isClean = true
    return stored
  } finally {
    body.close(isClean)
  }
}
