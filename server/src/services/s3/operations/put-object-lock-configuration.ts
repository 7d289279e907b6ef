import type { RequestContext } from '#protocol/operation.ts'
import { buckets, callerOf, type ObjectLock, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { LOCK_DAYS_MAX, LOCK_YEARS_MAX } from '../limits.ts'
import { eventHolds } from '../object-lock.ts'
import { retrying } from '../object-write.ts'

type Configuration = NonNullable<S3Input<'PutObjectLockConfiguration'>['ObjectLockConfiguration']>

/** PutObjectLockConfiguration: turns object lock on, for good, and says what new objects get. Versioning must be on. */
export async function putObjectLockConfiguration(
  deps: S3Deps,
  input: S3Input<'PutObjectLockConfiguration'>,
  context: RequestContext,
): Promise<S3Output<'PutObjectLockConfiguration'>> {
  const objectLock = readConfiguration(input.ObjectLockConfiguration)
  await retrying(deps, async (transaction) => {
    const bucket = await readBucket(transaction, input.Bucket, callerOf(context, input))
    if (bucket.versioning !== 'Enabled')
      throw s3Error('InvalidBucketState', {
        message: "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
      })
    await buckets.set(transaction, [bucket.name], { ...bucket, objectLock })
  })
  return {}
}

/** Throws MalformedXML, InvalidArgument, InvalidRetentionPeriod. */
function readConfiguration(configuration: Configuration | undefined): ObjectLock {
  if (configuration?.ObjectLockEnabled !== 'Enabled') throw s3Error('MalformedXML')
  const { Rule: rule } = configuration
  if (!rule) return {}
  const { Mode: mode, Days: days, Years: years, DefaultEventHold } = rule.DefaultRetention ?? {}
  if (DefaultEventHold !== undefined) throw eventHolds()
  if ((mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') || (days === undefined) === (years === undefined))
    throw s3Error('MalformedXML')
  if ((days ?? 1) < 1 || (years ?? 1) < 1)
    throw s3Error('InvalidArgument', { message: 'Default retention period must be a positive integer value.' })
  if ((days ?? 0) > LOCK_DAYS_MAX || (years ?? 0) > LOCK_YEARS_MAX)
    throw s3Error('InvalidArgument', { message: 'Default retention period too large' })
  return { retention: { mode, ...(days !== undefined && { days }), ...(years !== undefined && { years }) } }
}
