// Takes the body of PutObject or UploadPart: stores it, computes its digests, and holds it to everything that the client
// declared. When it returns, the bytes are on disk (or in memory, to go into the commit) and are what was announced; when
// it throws, nothing is kept.
import type { DeclaredHash, IncomingBody, RequestContext } from '#protocol/operation.ts'
import { AwsError } from '#protocol/errors.ts'
import {
  checkContentMd5,
  checkDigest,
  checkDigestShape,
  type ChecksumAlgorithm,
  type DeclaredChecksum,
} from './checksum.ts'
import type { S3Deps } from './deps.ts'
import { type Digests, digestsOf } from './digests.ts'
import { type BodyKey, sealBody } from './encryption/body-key.ts'
import { notImplementedHeader, s3Error } from './errors.ts'
import { type KeptBlob, keepSealed } from './keep-sealed.ts'
import { OBJECT_BYTES_MAX } from './limits.ts'

/** Where the bytes of a body are. */
export type StoredBody = { readonly kind: 'inline'; readonly bytes: Uint8Array } | KeptBlob

export interface ReceivedBody {
  readonly size: number
  readonly md5: string
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>
  readonly stored: StoredBody
}

export interface BodyPlan {
  readonly body: IncomingBody | undefined
  readonly context: RequestContext
  readonly declared: DeclaredChecksum | undefined
  /** Hexadecimal. */
  readonly contentMd5: string | undefined
  /** Computed besides the declared one. */
  readonly algorithms: readonly ChecksumAlgorithm[]
  /** Up to this size the bytes are handed back instead of stored. */
  readonly inlineBytesMax: number
  /** What the bytes are encrypted with before they are kept. */
  readonly sealingKey: BodyKey
}

/** The announced length, or a bound of it. Throws MissingContentLength, NotImplemented (plain chunked encoding), EntityTooLarge. */
export function announcedLength(body: IncomingBody | undefined, context: RequestContext): number {
  if (body === undefined) return 0
  const length = body.length ?? body.lengthMax
  if (length === undefined) {
    const chunked = context.http.headers['transfer-encoding'] !== undefined
    throw chunked ? notImplementedHeader('Transfer-Encoding') : s3Error('MissingContentLength')
  }
  if (length > OBJECT_BYTES_MAX)
    throw s3Error('EntityTooLarge', {
      fields: { ProposedSize: String(length), MaxSizeAllowed: String(OBJECT_BYTES_MAX) },
    })
  return length
}

/** Reads and keeps the body. Throws BadDigest, InvalidRequest and what the body itself throws. */
export async function receiveBody(deps: S3Deps, plan: BodyPlan): Promise<ReceivedBody> {
  const length = announcedLength(plan.body, plan.context)
  const algorithms = new Set(plan.algorithms)
  if (plan.declared) algorithms.add(plan.declared.algorithm)
  if (length <= plan.inlineBytesMax) {
    const bytes = plan.body ? await plan.body.bytes() : Buffer.alloc(0)
    const digests = await digestsOf(bytes, algorithms)
    checkDigests(plan, digests)
    return { ...digests, stored: { kind: 'inline', bytes: sealBody(plan.sealingKey, bytes) } }
  }
  const hash = plan.body?.declared
  if (hash) algorithms.add('SHA256')
  const source = hash?.stream() ?? plan.body?.stream() ?? nothing()
  // Checked inside the source, so that a body which is not what was declared is never completed as a blob.
  const sealed = { key: plan.sealingKey, bytes: plan.body?.length, algorithms: [...algorithms] }
  const { digests, stored } = await keepSealed(deps, source, sealed, (found) => {
    if (hash) holdToHash(hash, found)
    checkDigests(plan, found)
  })
  return { ...digests, stored }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Throws what the client is told when the body is not the one that was signed. */
function holdToHash(declared: DeclaredHash, { checksums }: Digests): void {
  const computed = checksums.get('SHA256') ?? ''
  if (computed !== declared.sha256) throw declared.mismatch(computed)
}

function checkDigests(plan: BodyPlan, { md5, checksums }: Digests): void {
  if (plan.contentMd5 !== undefined) checkContentMd5(plan.contentMd5, md5)
  if (!plan.declared) return
  const { algorithm } = plan.declared
  const value = plan.declared.value ?? trailerValue(plan, algorithm)
  checkDigest(algorithm, value, checksums.get(algorithm) ?? '')
}

function trailerValue({ body }: BodyPlan, algorithm: ChecksumAlgorithm): string {
  const value = body?.trailers().get(`x-amz-checksum-${algorithm.toLowerCase()}`)
  if (value === undefined)
    throw new AwsError(
      'MalformedTrailerError',
      400,
      'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    )
  checkDigestShape(algorithm, value)
  return value
}
