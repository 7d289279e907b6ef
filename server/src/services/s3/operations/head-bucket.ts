import type { RequestContext } from '#protocol/operation.ts'
import { callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'

/** HeadBucket: is it there, and where. */
export async function headBucket(
  deps: S3Deps,
  input: S3Input<'HeadBucket'>,
  context: RequestContext,
): Promise<S3Output<'HeadBucket'>> {
  const bucket = await readBucket(deps.store, input.Bucket, callerOf(context, input))
  return { BucketRegion: bucket.region, AccessPointAlias: false }
}
