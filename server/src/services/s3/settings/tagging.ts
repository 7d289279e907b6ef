// Tags of buckets. Source: API page of PutBucketTagging; S3 user guide, "Using cost allocation S3 bucket tags".
import { AwsError } from '#protocol/errors.ts'
import { BUCKET_TAGS_MAX } from '../limits.ts'
import { checkTag, type Tag } from '../tags.ts'

/** Throws InvalidTag, or BadRequest for too many. */
export function parseBucketTags(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): readonly Tag[] {
  if (tags.length > BUCKET_TAGS_MAX)
    throw new AwsError('BadRequest', 400, `Bucket tag count cannot be greater than ${BUCKET_TAGS_MAX}`)
  const seen = new Set<string>()
  return tags.map(({ Key: key = '', Value: value = '' }) => checkTag({ key, value }, seen))
}
