import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { requireConfiguration } from '../settings/listed.ts'

type Configuration = NonNullable<S3Output<'GetBucketAnalyticsConfiguration'>['AnalyticsConfiguration']>

/** GetBucketAnalyticsConfiguration: as it was put. */
export async function getBucketAnalyticsConfiguration(
  deps: S3Deps,
  input: S3Input<'GetBucketAnalyticsConfiguration'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketAnalyticsConfiguration'>> {
  const all = await deps.documents.get(deps.store, await bucketOf(deps, input, context), 'analytics')
  // What is kept is what was put: the input of this shape.
  return { AnalyticsConfiguration: requireConfiguration(all, input.Id) as Configuration }
}
