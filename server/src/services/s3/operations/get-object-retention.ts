import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { requireObjectLock } from '../object-lock.ts'
import { findObject } from '../object-read.ts'
import { checkVersionId } from '../version-id.ts'

/** GetObjectRetention: of one version. */
export async function getObjectRetention(
  deps: S3Deps,
  input: S3Input<'GetObjectRetention'>,
  context: RequestContext,
): Promise<S3Output<'GetObjectRetention'>> {
  checkVersionId(input.VersionId)
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  const { bucket, record } = await findObject(deps, address, false)
  requireObjectLock(bucket)
  if (!record.retention) throw s3Error('NoSuchObjectLockConfiguration')
  return { Retention: { Mode: record.retention.mode, RetainUntilDate: new Date(record.retention.untilMs) } }
}
