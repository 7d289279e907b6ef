import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'

/** GetBucketPolicyStatus: is the policy public? */
export async function getBucketPolicyStatus(
  deps: S3Deps,
  input: S3Input<'GetBucketPolicyStatus'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketPolicyStatus'>> {
  const bucket = await bucketOf(deps, input, context)
  const policy = await deps.documents.get(deps.store, bucket, 'policy')
  if (!policy) throw s3Error('NoSuchBucketPolicy', { fields: { BucketName: bucket.name } })
  return { PolicyStatus: { IsPublic: policy.isPublic } }
}
