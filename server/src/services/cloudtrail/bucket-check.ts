// May CloudTrail write into the bucket of a trail? Source: user guide, "Amazon S3 bucket policy for CloudTrail".
import type { CloudTrailDeps } from './model.ts'
import { keyBelow } from './digest.ts'
import { trailError } from './errors.ts'
import { PREFIX_CHARS_MAX } from './limits.ts'
import { type TrailRecord, trailArn } from './trail.ts'

/** Throws InvalidS3BucketNameException, InvalidS3PrefixException, S3BucketDoesNotExistException, InsufficientS3BucketPolicyException. */
export async function checkBucket({ bucketRefusal }: CloudTrailDeps, trail: TrailRecord): Promise<void> {
  const { account, bucket, prefix } = trail
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    throw trailError('InvalidS3BucketNameException', `Bucket name ${bucket} is not valid.`)
  if (prefix !== undefined && prefix.length > PREFIX_CHARS_MAX)
    throw trailError('InvalidS3PrefixException', `The prefix has at most ${PREFIX_CHARS_MAX} characters.`)
  const key = keyBelow(prefix, `AWSLogs/${account}/CloudTrail/log`)
  const refusal = await bucketRefusal({ bucket, key, trailArn: trailArn(trail), account })
  switch (refusal.kind) {
    case 'none':
      return
    case 'missing':
      throw trailError('S3BucketDoesNotExistException', `S3 bucket ${bucket} does not exist!`)
    case 'refused':
      throw trailError(
        'InsufficientS3BucketPolicyException',
        `Incorrect S3 bucket policy is detected for bucket: ${bucket}. ${refusal.why}`,
      )
  }
}
