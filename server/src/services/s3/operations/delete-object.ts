import type { RequestContext } from '#protocol/operation.ts'
import { buckets, callerOf, requireBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { deleteInTransaction } from '../object-delete.ts'
import { checkVersionId, keyBytes, objects } from '../object-record.ts'
import { retrying } from '../object-write.ts'
import { refuseUnsupported } from '../unsupported.ts'

/** DeleteObject: 204 whether or not the object was there. */
export async function deleteObject(
  deps: S3Deps,
  input: S3Input<'DeleteObject'>,
  context: RequestContext,
): Promise<S3Output<'DeleteObject'>> {
  refuseUnsupported(input)
  checkVersionId(input.VersionId)
  const deletion = { key: input.Key, keyBytes: keyBytes(input.Key), ifMatch: input.IfMatch }
  const trash = await retrying(deps, async (transaction) => {
    const [bucketEntry, objectEntry] = await transaction.getMany([
      buckets.keyOf([input.Bucket]),
      objects.keyOf([input.Bucket, deletion.keyBytes]),
    ])
    const bucket = requireBucket(buckets.read(bucketEntry), input.Bucket, callerOf(context, input))
    return deleteInTransaction(deps, transaction, bucket, deletion, objects.read(objectEntry)?.value, context)
  })
  if (trash) deps.trash.wake()
  return {}
}
