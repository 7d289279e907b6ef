import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { putDocument } from '../settings/documents.ts'
import { withoutConfiguration } from '../settings/listed.ts'

/** DeleteBucketMetricsConfiguration. */
export async function deleteBucketMetricsConfiguration(
  deps: S3Deps,
  input: S3Input<'DeleteBucketMetricsConfiguration'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await changeBucket(deps, input, context, async (bucket, transaction) => {
    const all = await deps.documents.get(transaction, bucket, 'metrics')
    return putDocument(transaction, bucket, 'metrics', withoutConfiguration(all, input.Id))
  })
  return {}
}
