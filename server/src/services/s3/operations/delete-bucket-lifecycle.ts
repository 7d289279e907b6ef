import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { deleteDocument } from '../settings/documents.ts'

/** DeleteBucketLifecycle: fine when there are no rules. */
export async function deleteBucketLifecycle(
  deps: S3Deps,
  input: S3Input<'DeleteBucketLifecycle'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await changeBucket(deps, input, context, (bucket, transaction) => deleteDocument(transaction, bucket, 'lifecycle'))
  return {}
}
