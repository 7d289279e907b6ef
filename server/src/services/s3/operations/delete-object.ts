import type { RequestContext } from '#protocol/operation.ts'
import { buckets, callerOf, requireBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { deleteInTransaction } from '../object-delete.ts'
import { keyBytes, objects } from '../object-record.ts'
import { retrying } from '../object-write.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { checkVersionId } from '../version-id.ts'

/** DeleteObject: 204 whether or not the object was there. */
export async function deleteObject(
  deps: S3Deps,
  input: S3Input<'DeleteObject'>,
  context: RequestContext,
): Promise<S3Output<'DeleteObject'>> {
  refuseUnsupported(input)
  checkVersionId(input.VersionId)
  const deletion = {
    key: input.Key,
    keyBytes: keyBytes(input.Key),
    versionId: input.VersionId,
    conditions: {
      ifMatch: input.IfMatch,
      ifMatchSize: input.IfMatchSize,
      ifMatchModified: input.IfMatchLastModifiedTime,
    },
    bypassGovernance: input.BypassGovernanceRetention === true,
  }
  const deleted = await retrying(deps, async (transaction) => {
    const [bucketEntry, latestEntry] = await transaction.getMany([
      buckets.keyOf([input.Bucket]),
      objects.keyOf([input.Bucket, deletion.keyBytes]),
    ])
    const bucket = requireBucket(buckets.read(bucketEntry), input.Bucket, callerOf(context, input))
    const latest = objects.read(latestEntry)?.value
    return deleteInTransaction(deps, transaction, { bucket, deletion, latest }, context)
  })
  if (deleted.trashed) deps.trash.wake()
  return { VersionId: deleted.versionId, DeleteMarker: deleted.marker ? true : undefined }
}
