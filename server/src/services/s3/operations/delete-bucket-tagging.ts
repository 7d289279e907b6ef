import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { deleteDocument } from '../settings/documents.ts'

/** DeleteBucketTagging: fine when there are no tags. */
export async function deleteBucketTagging(
  deps: S3Deps,
  input: S3Input<'DeleteBucketTagging'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await changeBucket(deps, input, context, (bucket, transaction) => deleteDocument(transaction, bucket, 'tagging'))
  return {}
}
