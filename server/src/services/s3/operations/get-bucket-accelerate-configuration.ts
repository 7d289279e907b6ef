import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'

/** GetBucketAccelerateConfiguration: nothing for a bucket that never had any. */
export async function getBucketAccelerateConfiguration(
  deps: S3Deps,
  input: S3Input<'GetBucketAccelerateConfiguration'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketAccelerateConfiguration'>> {
  const { acceleration } = await bucketOf(deps, input, context)
  return { Status: acceleration }
}
