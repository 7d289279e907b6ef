import type { RequestContext } from '#protocol/operation.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'

/** GetBucketTagging. */
export async function getBucketTagging(
  deps: S3Deps,
  input: S3Input<'GetBucketTagging'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketTagging'>> {
  const bucket = await bucketOf(deps, input, context)
  const tags = await deps.documents.get(deps.store, bucket, 'tagging')
  if (!tags || tags.length === 0) throw s3Error('NoSuchTagSet', { fields: { BucketName: bucket.name } })
  return { TagSet: tags.map(({ key, value }) => ({ Key: key, Value: value })) }
}
