// What every operation that changes a bucket's configuration shares: read the record, change it, in one commit.
import type { RequestContext } from '#protocol/operation.ts'
import type { Transaction } from '#storage/transact.ts'
import { type BucketRecord, buckets, callerOf, readBucket } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import { retrying } from './object-write.ts'

/** The inputs that name a bucket. */
export interface BucketInput {
  readonly Bucket: string
  readonly ExpectedBucketOwner?: string | undefined
}

/** The bucket of a request. Throws NoSuchBucket, AccessDenied. */
export function bucketOf(deps: S3Deps, input: BucketInput, context: RequestContext): Promise<BucketRecord> {
  return readBucket(deps.store, input.Bucket, callerOf(context, input))
}

/**
 * Changes a bucket in one commit: `change` answers the new record, or undefined when it has written everything itself.
 * Throws NoSuchBucket, AccessDenied, SlowDown, and whatever `change` throws.
 */
export async function changeBucket(
  deps: S3Deps,
  input: BucketInput,
  context: RequestContext,
  change: (bucket: BucketRecord, transaction: Transaction) => BucketRecord | Promise<BucketRecord | undefined>,
): Promise<void> {
  await retrying(deps, async (transaction) => {
    const bucket = await readBucket(transaction, input.Bucket, callerOf(context, input))
    const next = await change(bucket, transaction)
    if (next) await buckets.set(transaction, [bucket.name], next)
  })
}
