import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { requireConfiguration } from '../settings/listed.ts'

type Configuration = NonNullable<S3Output<'GetBucketMetricsConfiguration'>['MetricsConfiguration']>

/** GetBucketMetricsConfiguration: as it was put. */
export async function getBucketMetricsConfiguration(
  deps: S3Deps,
  input: S3Input<'GetBucketMetricsConfiguration'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketMetricsConfiguration'>> {
  const all = await deps.documents.get(deps.store, await bucketOf(deps, input, context), 'metrics')
  // What is kept is what was put: the input of this shape.
  return { MetricsConfiguration: requireConfiguration(all, input.Id) as Configuration }
}
