import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { putDocument } from '../settings/documents.ts'
import { checkIntelligentTiering } from '../settings/listed-inputs.ts'
import { withConfiguration } from '../settings/listed.ts'

/** PutBucketIntelligentTieringConfiguration: adds the configuration, or replaces the one of its id. */
export async function putBucketIntelligentTieringConfiguration(
  deps: S3Deps,
  input: S3Input<'PutBucketIntelligentTieringConfiguration'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  checkIntelligentTiering(input.Id, input.IntelligentTieringConfiguration)
  await changeBucket(deps, input, context, async (bucket, transaction) => {
    const all = await deps.documents.get(transaction, bucket, 'tiering')
    return putDocument(
      transaction,
      bucket,
      'tiering',
      withConfiguration(all, input.Id, input.IntelligentTieringConfiguration),
    )
  })
  return {}
}
