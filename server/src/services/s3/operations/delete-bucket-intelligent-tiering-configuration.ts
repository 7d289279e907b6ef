import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { putDocument } from '../settings/documents.ts'
import { withoutConfiguration } from '../settings/listed.ts'

/** DeleteBucketIntelligentTieringConfiguration. */
export async function deleteBucketIntelligentTieringConfiguration(
  deps: S3Deps,
  input: S3Input<'DeleteBucketIntelligentTieringConfiguration'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await changeBucket(deps, input, context, async (bucket, transaction) => {
    const all = await deps.documents.get(transaction, bucket, 'tiering')
    return putDocument(transaction, bucket, 'tiering', withoutConfiguration(all, input.Id))
  })
  return {}
}
