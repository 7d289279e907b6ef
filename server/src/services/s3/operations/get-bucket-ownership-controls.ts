import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'

/** GetBucketOwnershipControls. */
export async function getBucketOwnershipControls(
  deps: S3Deps,
  input: S3Input<'GetBucketOwnershipControls'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketOwnershipControls'>> {
  const { name, ownership } = await bucketOf(deps, input, context)
  if (!ownership) throw s3Error('OwnershipControlsNotFoundError', { fields: { BucketName: name } })
  return { OwnershipControls: { Rules: [{ ObjectOwnership: ownership }] } }
}
