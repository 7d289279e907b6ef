import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { putDocument } from '../settings/documents.ts'
import { checkMetrics } from '../settings/listed-inputs.ts'
import { withConfiguration } from '../settings/listed.ts'

/** PutBucketMetricsConfiguration: adds the configuration, or replaces the one of its id. */
export async function putBucketMetricsConfiguration(
  deps: S3Deps,
  input: S3Input<'PutBucketMetricsConfiguration'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  checkMetrics(input.Id, input.MetricsConfiguration)
  await changeBucket(deps, input, context, async (bucket, transaction) => {
    const all = await deps.documents.get(transaction, bucket, 'metrics')
    return putDocument(transaction, bucket, 'metrics', withConfiguration(all, input.Id, input.MetricsConfiguration))
  })
  return {}
}
