import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { pageOf } from '../settings/listed.ts'

type Configuration = NonNullable<S3Output<'ListBucketMetricsConfigurations'>['MetricsConfigurationList']>[number]

/** ListBucketMetricsConfigurations: by id, in pages of 100. */
export async function listBucketMetricsConfigurations(
  deps: S3Deps,
  input: S3Input<'ListBucketMetricsConfigurations'>,
  context: RequestContext,
): Promise<S3Output<'ListBucketMetricsConfigurations'>> {
  const all = await deps.documents.get(deps.store, await bucketOf(deps, input, context), 'metrics')
  const { configurations, nextToken } = pageOf(all, input.ContinuationToken)
  return {
    IsTruncated: nextToken !== undefined,
    ContinuationToken: input.ContinuationToken,
    NextContinuationToken: nextToken,
    // What is kept is what was put: inputs of this shape.
    MetricsConfigurationList: configurations.length === 0 ? undefined : (configurations as Configuration[]),
  }
}
