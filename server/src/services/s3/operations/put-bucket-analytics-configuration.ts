import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { putDocument } from '../settings/documents.ts'
import { checkAnalytics } from '../settings/listed-inputs.ts'
import { withConfiguration } from '../settings/listed.ts'

/** PutBucketAnalyticsConfiguration: adds the configuration, or replaces the one of its id. */
export async function putBucketAnalyticsConfiguration(
  deps: S3Deps,
  input: S3Input<'PutBucketAnalyticsConfiguration'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  checkAnalytics(input.Id, input.AnalyticsConfiguration)
  await changeBucket(deps, input, context, async (bucket, transaction) => {
    const all = await deps.documents.get(transaction, bucket, 'analytics')
    return putDocument(transaction, bucket, 'analytics', withConfiguration(all, input.Id, input.AnalyticsConfiguration))
  })
  return {}
}
