import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { putDocument } from '../settings/documents.ts'
import { parseBucketPolicy } from '../settings/policy.ts'

/** PutBucketPolicy: replaces the policy, unless it is public and public ones are blocked. */
export async function putBucketPolicy(
  deps: S3Deps,
  input: S3Input<'PutBucketPolicy'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const policy = parseBucketPolicy(input.Policy, input.Bucket)
  await changeBucket(deps, input, context, (bucket, transaction) => {
    if (policy.isPublic && bucket.publicAccess?.blockPublicPolicy === true)
      throw s3Error('AccessDenied', {
        message:
          'Access Denied: public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.',
      })
    return putDocument(transaction, bucket, 'policy', policy)
  })
  return {}
}
