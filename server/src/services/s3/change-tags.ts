// What PutObjectTagging and DeleteObjectTagging share: a new record with other tags; bytes, tag and time stay.
import { buckets, type BucketCaller, requireBucket } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import { s3Error } from './errors.ts'
import { keyBytes, objects } from './object-record.ts'
import { retrying } from './object-write.ts'
import type { Tag } from './tags.ts'

/** Replaces the tags of an object. Throws NoSuchBucket, AccessDenied, NoSuchKey. */
export async function changeTags(
  deps: S3Deps,
  { bucket, key, caller }: { readonly bucket: string; readonly key: string; readonly caller: BucketCaller },
  tags: readonly Tag[],
): Promise<void> {
  const objectKey = [bucket, keyBytes(key)]
  await retrying(deps, async (transaction) => {
    const [bucketEntry, objectEntry] = await transaction.getMany([buckets.keyOf([bucket]), objects.keyOf(objectKey)])
    requireBucket(buckets.read(bucketEntry), bucket, caller)
    const record = objects.read(objectEntry)?.value
    if (!record) throw s3Error('NoSuchKey', { fields: { Key: key } })
    await objects.set(transaction, objectKey, { ...record, tags })
  })
}
