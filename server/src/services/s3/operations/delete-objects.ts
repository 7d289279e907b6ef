import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { buckets, callerOf, readBucket, requireBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { notImplementedHeader, s3Error } from '../errors.ts'
import { bareEtag } from '../etag.ts'
import { DELETE_BATCH, DELETE_KEYS_MAX } from '../limits.ts'
import { type Deletion, deleteInTransaction } from '../object-delete.ts'
import { checkVersionId, keyBytes, objects } from '../object-record.ts'
import { retrying } from '../object-write.ts'
import { refuseUnsupported } from '../unsupported.ts'

type Identifier = S3Input<'DeleteObjects'>['Delete']['Objects'][number]
interface Failure {
  readonly Key: string
  readonly VersionId: string | undefined
  readonly Code: string
  readonly Message: string
}

/**
 * DeleteObjects: up to 1,000 keys, each with its own outcome. Keys share commits of DELETE_BATCH, in the order given, so a
 * crash in the middle leaves a beginning of the list deleted and nothing was acknowledged.
 */
export async function deleteObjects(
  deps: S3Deps,
  input: S3Input<'DeleteObjects'>,
  context: RequestContext,
): Promise<S3Output<'DeleteObjects'>> {
  refuseUnsupported(input)
  requireDigestHeader(context)
  const identifiers = input.Delete.Objects
  if (identifiers.length === 0 || identifiers.length > DELETE_KEYS_MAX) throw s3Error('MalformedXML')
  await readBucket(deps.store, input.Bucket, callerOf(context, input))

  const failures = new Map<Identifier, Failure>()
  for (let start = 0; start < identifiers.length; start += DELETE_BATCH)
    await deleteBatch(deps, input, context, identifiers.slice(start, start + DELETE_BATCH), failures)
  deps.trash.wake()
  return {
    Deleted:
      input.Delete.Quiet === true
        ? undefined
        : identifiers
            .filter((identifier) => !failures.has(identifier))
            .map(({ Key, VersionId }) => ({ Key, VersionId })),
    Errors: [...failures.values()],
  }
}

async function deleteBatch(
  deps: S3Deps,
  input: S3Input<'DeleteObjects'>,
  context: RequestContext,
  identifiers: readonly Identifier[],
  failures: Map<Identifier, Failure>,
): Promise<void> {
  const wanted: (Deletion & { readonly identifier: Identifier })[] = []
  for (const identifier of identifiers)
    await collecting(failures, identifier, async () => {
      wanted.push({ ...deletionOf(identifier), identifier })
    })
  await retrying(deps, async (transaction) => {
    const [bucketEntry, ...entries] = await transaction.getMany([
      buckets.keyOf([input.Bucket]),
      ...wanted.map((deletion) => objects.keyOf([input.Bucket, deletion.keyBytes])),
    ])
    const bucket = requireBucket(buckets.read(bucketEntry), input.Bucket, callerOf(context, input))
    const gone = new Set<string>()
    for (const [index, deletion] of wanted.entries())
      await collecting(failures, deletion.identifier, async () => {
        // The same key twice in one request: the second finds nothing.
        const existing = gone.has(deletion.key) ? undefined : objects.read(entries[index])?.value
        await deleteInTransaction(deps, transaction, bucket, deletion, existing, context)
        gone.add(deletion.key)
      })
  })
}

function deletionOf({ Key, VersionId, ETag, LastModifiedTime, Size }: Identifier): Deletion {
  checkVersionId(VersionId)
  if (LastModifiedTime !== undefined) throw notImplementedHeader('LastModifiedTime')
  if (Size !== undefined) throw notImplementedHeader('Size')
  return { key: Key, keyBytes: keyBytes(Key), ifMatch: ETag === undefined ? undefined : bareEtag(ETag) }
}

/** What goes wrong with one key is its own outcome; a later attempt of the transaction replaces it. */
async function collecting(
  failures: Map<Identifier, Failure>,
  identifier: Identifier,
  attempt: () => Promise<void>,
): Promise<void> {
  try {
    await attempt()
    failures.delete(identifier)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    failures.set(identifier, {
      Key: identifier.Key,
      VersionId: identifier.VersionId,
      Code: error.code,
      Message: error.message,
    })
  }
}

/** S3 takes no batch deletion without a digest of the body. That it holds is the pipeline's business. */
function requireDigestHeader({ http: { headers } }: RequestContext): void {
  const present =
    headers['content-md5'] !== undefined ||
    headers['x-amz-trailer'] !== undefined ||
    Object.keys(headers).some((name) => name.startsWith('x-amz-checksum-'))
  if (!present)
    throw s3Error('InvalidRequest', {
      message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    })
}
