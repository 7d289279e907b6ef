import type { RequestContext } from '#protocol/operation.ts'
import { buckets } from '../bucket.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { canonicalUserId } from '../owner.ts'
import { parseLogging } from '../settings/logging.ts'

/** PutBucketLogging: an empty status turns logging off. */
export async function putBucketLogging(
  deps: S3Deps,
  input: S3Input<'PutBucketLogging'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const wanted = input.BucketLoggingStatus.LoggingEnabled
  await changeBucket(deps, input, context, async (bucket, transaction) => {
    const { logging: _before, ...rest } = bucket
    if (wanted === undefined) return rest
    const logging = parseLogging(wanted, canonicalUserId(bucket.account))
    const target = (await buckets.get(transaction, [logging.bucket]))?.value
    const fields = { TargetBucket: logging.bucket }
    if (!target) throw s3Error('InvalidTargetBucketForLogging', { fields })
    if (target.account !== bucket.account)
      throw s3Error('InvalidTargetBucketForLogging', {
        message: 'The owner for the bucket to be logged and the target bucket must be the same.',
        fields,
      })
    if (target.region !== bucket.region)
      throw s3Error('CrossLocationLoggingProhibited', {
        fields: { TargetBucketLocation: target.region, SourceBucketLocation: bucket.region },
      })
    return { ...rest, logging }
  })
  return {}
}
