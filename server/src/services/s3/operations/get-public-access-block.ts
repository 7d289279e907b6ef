import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'

/** GetPublicAccessBlock. */
export async function getPublicAccessBlock(
  deps: S3Deps,
  input: S3Input<'GetPublicAccessBlock'>,
  context: RequestContext,
): Promise<S3Output<'GetPublicAccessBlock'>> {
  const { name, publicAccess } = await bucketOf(deps, input, context)
  if (!publicAccess) throw s3Error('NoSuchPublicAccessBlockConfiguration', { fields: { BucketName: name } })
  return {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: publicAccess.blockPublicAcls,
      IgnorePublicAcls: publicAccess.ignorePublicAcls,
      BlockPublicPolicy: publicAccess.blockPublicPolicy,
      RestrictPublicBuckets: publicAccess.restrictPublicBuckets,
    },
  }
}
