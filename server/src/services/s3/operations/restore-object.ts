import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { changeObject } from '../change-object.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { keyBytes } from '../object-record.ts'
import { planRestore } from '../restore-plan.ts'
import { beginRestore, restoreState } from '../restore.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { checkVersionId } from '../version-id.ts'

const ACCEPTED = 202
const OK = 200

/** RestoreObject: 202 begins a restore, 200 gives a restored copy another end. SELECT restores are refused. */
export async function restoreObject(
  deps: S3Deps,
  input: S3Input<'RestoreObject'>,
  context: RequestContext,
): Promise<S3Output<'RestoreObject'>> {
  refuseUnsupported(input)
  checkVersionId(input.VersionId)
  const request = input.RestoreRequest
  if (!request) throw s3Error('MalformedXML')
  if (request.Type !== undefined || request.SelectParameters || request.OutputLocation)
    throw s3Error('NotImplemented', { message: 'Restores of type SELECT are not available' })
  const wish = { days: request.Days ?? 0, tier: request.GlacierJobParameters?.Tier ?? request.Tier }
  const nowMs = deps.clock.nowMs()
  let extended = false
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  await changeObject(deps, address, {
    context,
    event: 'ObjectRestore:Post',
    change: (found) => {
      extended = restoreState(found, nowMs) === 'restored'
      return { ...found, restore: beginRestore(found, wish, nowMs) }
    },
    also: (transaction, record) => planRestore(transaction, input.Bucket, keyBytes(input.Key), record),
  })
  context.setStatus(extended ? OK : ACCEPTED)
  return {}
}
