import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'

/** GetBucketPolicy: the policy, byte for byte as it was put. */
export async function getBucketPolicy(
  deps: S3Deps,
  input: S3Input<'GetBucketPolicy'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketPolicy'>> {
  const bucket = await bucketOf(deps, input, context)
  const policy = await deps.documents.get(deps.store, bucket, 'policy')
  if (!policy) throw s3Error('NoSuchBucketPolicy', { fields: { BucketName: bucket.name } })
  return { Policy: policy.text }
}
