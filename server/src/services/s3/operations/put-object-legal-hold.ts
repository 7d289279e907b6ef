import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { changeObject } from '../change-object.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { requireObjectLock } from '../object-lock.ts'
import { checkVersionId } from '../version-id.ts'

/** PutObjectLegalHold: on or off, whatever the retention says. */
export async function putObjectLegalHold(
  deps: S3Deps,
  input: S3Input<'PutObjectLegalHold'>,
  context: RequestContext,
): Promise<S3Output<'PutObjectLegalHold'>> {
  checkVersionId(input.VersionId)
  const status = input.LegalHold?.Status
  if (status !== 'ON' && status !== 'OFF') throw s3Error('MalformedXML')
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  await changeObject(deps, address, {
    context,
    event: undefined,
    change: ({ legalHold: _now, ...record }, bucket) => {
      requireObjectLock(bucket)
      return { ...record, ...(status === 'ON' && { legalHold: true as const }) }
    },
  })
  return {}
}
