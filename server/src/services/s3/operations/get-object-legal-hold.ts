import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { requireObjectLock } from '../object-lock.ts'
import { findObject } from '../object-read.ts'
import { checkVersionId } from '../version-id.ts'

/** GetObjectLegalHold: of one version. */
export async function getObjectLegalHold(
  deps: S3Deps,
  input: S3Input<'GetObjectLegalHold'>,
  context: RequestContext,
): Promise<S3Output<'GetObjectLegalHold'>> {
  checkVersionId(input.VersionId)
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  const { bucket, record } = await findObject(deps, address, false)
  requireObjectLock(bucket)
  return { LegalHold: { Status: record.legalHold === true ? 'ON' : 'OFF' } }
}
