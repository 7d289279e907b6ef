import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'

/** GetBucketRequestPayment. */
export async function getBucketRequestPayment(
  deps: S3Deps,
  input: S3Input<'GetBucketRequestPayment'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketRequestPayment'>> {
  const { requesterPays } = await bucketOf(deps, input, context)
  return { Payer: requesterPays === true ? 'Requester' : 'BucketOwner' }
}
