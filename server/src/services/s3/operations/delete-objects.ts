import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { objectArn } from '../arn.ts'
import { buckets, callerOf, readBucket, requireBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { bareEtag } from '../etag.ts'
import { DELETE_BATCH, DELETE_KEYS_MAX } from '../limits.ts'
import { type Deleted, type Deletion, deleteInTransaction } from '../object-delete.ts'
import { keyBytes, objects } from '../object-record.ts'
import { retrying } from '../object-write.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { checkVersionId } from '../version-id.ts'

type Identifier = S3Input<'DeleteObjects'>['Delete']['Objects'][number]
type DeletedItem = NonNullable<S3Output<'DeleteObjects'>['Deleted']>[number]
type ErrorItem = NonNullable<S3Output<'DeleteObjects'>['Errors']>[number]
type Outcome =
  | { readonly kind: 'deleted'; readonly item: DeletedItem }
  | { readonly kind: 'failed'; readonly item: ErrorItem }

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

  const outcomes = new Map<Identifier, Outcome>()
  for (const batch of batchesOf(identifiers)) await deleteBatch(deps, input, context, batch, outcomes)
  deps.trash.wake()
  const deleted: DeletedItem[] = []
  const failed: ErrorItem[] = []
  for (const identifier of identifiers) {
    const outcome = outcomes.get(identifier)
    if (outcome?.kind === 'failed') failed.push(outcome.item)
    else if (outcome) deleted.push(outcome.item)
  }
  return { Deleted: input.Delete.Quiet === true ? undefined : deleted, Errors: failed }
}

/** A transaction does not list what it has just written, so a commit takes each key once. */
function* batchesOf(identifiers: readonly Identifier[]): Generator<readonly Identifier[]> {
  let batch: Identifier[] = []
  let keys = new Set<string>()
  for (const identifier of identifiers) {
    if (batch.length === DELETE_BATCH || keys.has(identifier.Key)) {
      yield batch
      batch = []
      keys = new Set()
    }
    batch.push(identifier)
    keys.add(identifier.Key)
  }
  yield batch
}

async function deleteBatch(
  deps: S3Deps,
  input: S3Input<'DeleteObjects'>,
  context: RequestContext,
  identifiers: readonly Identifier[],
  outcomes: Map<Identifier, Outcome>,
): Promise<void> {
  const wanted: (Deletion & { readonly identifier: Identifier })[] = []
  for (const identifier of identifiers)
    await collecting(outcomes, identifier, async () => {
      await requirePermission(input, identifier, context)
      wanted.push({ ...deletionOf(input, identifier), identifier })
      return undefined
    })
  await retrying(deps, async (transaction) => {
    const [bucketEntry, ...entries] = await transaction.getMany([
      buckets.keyOf([input.Bucket]),
      ...wanted.map((deletion) => objects.keyOf([input.Bucket, deletion.keyBytes])),
    ])
    const bucket = requireBucket(buckets.read(bucketEntry), input.Bucket, callerOf(context, input))
    for (const [index, deletion] of wanted.entries())
      await collecting(outcomes, deletion.identifier, async () => {
        const latest = objects.read(entries[index])?.value
        const deleted = await deleteInTransaction(deps, transaction, { bucket, deletion, latest }, context)
        return deletedItem(deletion.identifier, deleted)
      })
  })
}

/** Each key is asked for; the deletion of a version, and passing over a retention, are rights of their own. */
async function requirePermission(
  { Bucket, BypassGovernanceRetention }: S3Input<'DeleteObjects'>,
  { Key, VersionId }: Identifier,
  context: RequestContext,
): Promise<void> {
  const wanted = [VersionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion']
  if (BypassGovernanceRetention === true) wanted.push('s3:BypassGovernanceRetention')
  for (const action of wanted)
    if ((await context.permits?.(action, objectArn(Bucket, Key))) === false) throw s3Error('AccessDenied')
}

function deletionOf(
  { BypassGovernanceRetention }: S3Input<'DeleteObjects'>,
  { Key, VersionId, ETag, LastModifiedTime, Size }: Identifier,
): Deletion {
  checkVersionId(VersionId)
  return {
    key: Key,
    keyBytes: keyBytes(Key),
    versionId: VersionId,
    conditions: {
      ifMatch: ETag === undefined ? undefined : bareEtag(ETag),
      ifMatchSize: Size,
      ifMatchModified: LastModifiedTime,
    },
    bypassGovernance: BypassGovernanceRetention === true,
  }
}

/** `VersionId` is what was asked for; a marker, made or deleted, stands in members of its own. */
function deletedItem({ Key, VersionId }: Identifier, { marker, versionId }: Deleted): DeletedItem {
  return { Key, VersionId, ...(marker && { DeleteMarker: true, DeleteMarkerVersionId: versionId }) }
}

/** What goes wrong with one key is its own outcome; a later attempt of the transaction replaces it. */
async function collecting(
  outcomes: Map<Identifier, Outcome>,
  identifier: Identifier,
  attempt: () => Promise<DeletedItem | undefined>,
): Promise<void> {
  try {
    const item = await attempt()
    if (item) outcomes.set(identifier, { kind: 'deleted', item })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const { code, message } = error
    const { Key, VersionId } = identifier
    outcomes.set(identifier, { kind: 'failed', item: { Key, VersionId, Code: code, Message: message } })
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
