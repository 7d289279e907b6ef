import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { putDocument } from '../settings/documents.ts'
import { parseBucketTags } from '../settings/tagging.ts'

/** PutBucketTagging: replaces all tags. */
export async function putBucketTagging(
  deps: S3Deps,
  input: S3Input<'PutBucketTagging'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const tags = parseBucketTags(input.Tagging.TagSet)
  await changeBucket(deps, input, context, (bucket, transaction) => putDocument(transaction, bucket, 'tagging', tags))
  return {}
}
