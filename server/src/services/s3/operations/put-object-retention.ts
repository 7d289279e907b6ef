import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { changeObject } from '../change-object.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { checkRetentionChange, eventHolds, readRetention, requireObjectLock } from '../object-lock.ts'
import type { Retention } from '../object-record.ts'
import { checkVersionId } from '../version-id.ts'

/** PutObjectRetention: sets, extends, or as far as the mode allows shortens or takes away how long a version is retained. */
export async function putObjectRetention(
  deps: S3Deps,
  input: S3Input<'PutObjectRetention'>,
  context: RequestContext,
): Promise<S3Output<'PutObjectRetention'>> {
  checkVersionId(input.VersionId)
  const nowMs = deps.clock.nowMs()
  const wanted = wantedRetention(input.Retention, nowMs)
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  await changeObject(deps, address, {
    context,
    event: undefined,
    change: ({ retention: now, ...record }, bucket) => {
      requireObjectLock(bucket)
      checkRetentionChange(now, wanted, nowMs, input.BypassGovernanceRetention === true)
      return { ...record, ...(wanted && { retention: wanted }) }
    },
  })
  return {}
}

/** An empty retention takes it away. Throws MalformedXML for half a one, InvalidArgument. */
function wantedRetention(retention: S3Input<'PutObjectRetention'>['Retention'], nowMs: number): Retention | undefined {
  const { Mode: mode, RetainUntilDate: until, EventHold, EventHoldDuration } = retention ?? {}
  if (EventHold !== undefined || EventHoldDuration !== undefined) throw eventHolds()
  if (mode === undefined && until === undefined) return undefined
  if (mode === undefined || until === undefined) throw s3Error('MalformedXML')
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') throw s3Error('MalformedXML')
  return readRetention(mode, until, nowMs)
}
