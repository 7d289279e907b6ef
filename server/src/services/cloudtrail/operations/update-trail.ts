// UpdateTrail: what is not named stays.
import { transact } from '#storage/transact.ts'
import { checkBucket } from '../bucket-check.ts'
import { changeTrail } from '../change-trail.ts'
import { progress } from '../delivery.ts'
import type { CloudTrailOperation } from '../model.ts'
import { trailKey, type TrailRecord, viewOfTrail } from '../trail.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { checkScope } from './create-trail.ts'

export const updateTrail: CloudTrailOperation<'UpdateTrail'> = async (deps, input, context) => {
  refuseUnsupported(input)
  let chainEnds = false
  const trail = await changeTrail(deps, input.Name, context, async (before) => {
    const next: TrailRecord = {
      ...before,
      bucket: input.S3BucketName ?? before.bucket,
      ...(input.S3KeyPrefix !== undefined && { prefix: input.S3KeyPrefix }),
      includesGlobal: input.IncludeGlobalServiceEvents ?? before.includesGlobal,
      isMultiRegion: input.IsMultiRegionTrail ?? before.isMultiRegion,
      validates: input.EnableLogFileValidation ?? before.validates,
    }
    checkScope(next)
    if (next.bucket !== before.bucket || next.prefix !== before.prefix) await checkBucket(deps, next)
    chainEnds = before.validates && !next.validates
    return next
  })
  // The chain of digests ends with validation; it begins anew when it is turned on again.
  if (chainEnds)
    await transact(deps.store, async (transaction) => {
      const now = (await progress.get(transaction, trailKey(trail)))?.value
      if (now !== undefined) await progress.set(transaction, trailKey(trail), { ...now, digests: {} })
    })
  return viewOfTrail(trail)
}
