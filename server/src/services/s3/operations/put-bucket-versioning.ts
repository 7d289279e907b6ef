import type { RequestContext } from '#protocol/operation.ts'
import { type BucketRecord, buckets, callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { retrying } from '../object-write.ts'

/**
 * PutBucketVersioning: turns versioning on or suspends it; it is never taken off again. MFA delete is kept and told, and
 * nothing else (docs/services/s3.md).
 */
export async function putBucketVersioning(
  deps: S3Deps,
  input: S3Input<'PutBucketVersioning'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const { Status: status, MFADelete: mfaDelete } = input.VersioningConfiguration
  if (status !== 'Enabled' && status !== 'Suspended')
    throw s3Error(status === undefined ? 'IllegalVersioningConfigurationException' : 'MalformedXML')
  if (mfaDelete !== undefined && mfaDelete !== 'Enabled' && mfaDelete !== 'Disabled') throw s3Error('MalformedXML')
  await retrying(deps, async (transaction) => {
    const bucket = await readBucket(transaction, input.Bucket, callerOf(context, input))
    refuseSuspension(bucket, status)
    await buckets.set(transaction, [bucket.name], { ...bucket, versioning: status, ...(mfaDelete && { mfaDelete }) })
  })
  return {}
}

function refuseSuspension({ objectLock }: BucketRecord, status: string): void {
  if (objectLock && status === 'Suspended')
    throw s3Error('InvalidBucketState', {
      message: 'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    })
}
