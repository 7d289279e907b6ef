import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { deleteDocument } from '../settings/documents.ts'

/** DeleteBucketReplication: fine when there is none. Events that are on their way still arrive. */
export async function deleteBucketReplication(
  deps: S3Deps,
  input: S3Input<'DeleteBucketReplication'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await changeBucket(deps, input, context, (bucket, transaction) => deleteDocument(transaction, bucket, 'replication'))
  return {}
}
