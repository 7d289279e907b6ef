import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { deleteDocument } from '../settings/documents.ts'

/** DeleteBucketWebsite: fine when there is none. */
export async function deleteBucketWebsite(
  deps: S3Deps,
  input: S3Input<'DeleteBucketWebsite'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await changeBucket(deps, input, context, (bucket, transaction) => deleteDocument(transaction, bucket, 'website'))
  return {}
}
