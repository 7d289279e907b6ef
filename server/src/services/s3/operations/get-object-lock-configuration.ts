import type { RequestContext } from '#protocol/operation.ts'
import { callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'

/** GetObjectLockConfiguration: that it is on, and what new objects get. */
export async function getObjectLockConfiguration(
  deps: S3Deps,
  input: S3Input<'GetObjectLockConfiguration'>,
  context: RequestContext,
): Promise<S3Output<'GetObjectLockConfiguration'>> {
  const { objectLock } = await readBucket(deps.store, input.Bucket, callerOf(context, input))
  if (!objectLock) throw s3Error('ObjectLockConfigurationNotFoundError', { fields: { BucketName: input.Bucket } })
  const { retention } = objectLock
  return {
    ObjectLockConfiguration: {
      ObjectLockEnabled: 'Enabled',
      Rule: retention && {
        DefaultRetention: { Mode: retention.mode, Days: retention.days, Years: retention.years },
      },
    },
  }
}
