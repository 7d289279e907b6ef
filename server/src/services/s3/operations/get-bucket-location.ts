import type { RequestContext } from '#protocol/operation.ts'
import { callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'

type Location = S3Output<'GetBucketLocation'>['LocationConstraint']

/** GetBucketLocation: nothing for us-east-1, as from the beginning. */
export async function getBucketLocation(
  deps: S3Deps,
  input: S3Input<'GetBucketLocation'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketLocation'>> {
  const { region } = await readBucket(deps.store, input.Bucket, callerOf(context, input))
  // The model lists the regions that AWS had when it was made; a bucket may be in any.
  return { LocationConstraint: region === 'us-east-1' ? undefined : (region as Location) }
}
