import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { lifecycleOutput } from '../settings/lifecycle-rules.ts'

/** GetBucketLifecycleConfiguration: the rules, with the ids that were made for them. */
export async function getBucketLifecycleConfiguration(
  deps: S3Deps,
  input: S3Input<'GetBucketLifecycleConfiguration'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketLifecycleConfiguration'>> {
  const bucket = await bucketOf(deps, input, context)
  const found = await deps.documents.get(deps.store, bucket, 'lifecycle')
  if (!found) throw s3Error('NoSuchLifecycleConfiguration', { fields: { BucketName: bucket.name } })
  return { Rules: found.rules.map(lifecycleOutput), TransitionDefaultMinimumObjectSize: found.minimumSize }
}
