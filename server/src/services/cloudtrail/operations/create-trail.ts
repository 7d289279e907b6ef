// CreateTrail: a trail that does not log yet.
import { transact } from '#storage/transact.ts'
import { checkBucket } from '../bucket-check.ts'
import { progress } from '../delivery.ts'
import { trailError } from '../errors.ts'
import { TRAILS_PER_REGION_MAX } from '../limits.ts'
import type { CloudTrailOperation } from '../model.ts'
import { DEFAULT_SELECTORS } from '../selectors.ts'
import { withTags } from '../tags.ts'
import { checkTrailName, trailKey, type TrailRecord, trails, viewOfTrail } from '../trail.ts'
import { refuseUnsupported } from '../unsupported.ts'

export const createTrail: CloudTrailOperation<'CreateTrail'> = async (deps, input, { account, region }) => {
  refuseUnsupported(input)
  const { store, journal } = deps
  const trail: TrailRecord = {
    account,
    region,
    name: checkTrailName(input.Name),
    bucket: input.S3BucketName ?? '',
    ...(input.S3KeyPrefix !== undefined && { prefix: input.S3KeyPrefix }),
    includesGlobal: input.IncludeGlobalServiceEvents ?? true,
    isMultiRegion: input.IsMultiRegionTrail ?? false,
    validates: input.EnableLogFileValidation ?? false,
    selectors: DEFAULT_SELECTORS,
    logging: { kind: 'never' },
    tags: withTags({}, input.TagsList ?? []),
  }
  checkScope(trail)
  await checkBucket(deps, trail)
  const cursor = await journal.lastSequence(account)
  await transact(store, async (transaction) => {
    if ((await trails.get(transaction, trailKey(trail))) !== undefined)
      throw trailError('TrailAlreadyExistsException', `Trail ${trail.name} already exists for customer: ${account}`)
    const others = await trails.list(transaction, { prefix: [account, region] }, { limit: TRAILS_PER_REGION_MAX })
    if (others.length === TRAILS_PER_REGION_MAX)
      throw trailError(
        'MaximumNumberOfTrailsExceededException',
        `User: ${account} already has ${TRAILS_PER_REGION_MAX} trails in ${region}.`,
      )
    await trails.set(transaction, trailKey(trail), trail)
    await progress.set(transaction, trailKey(trail), { cursor, digests: {} })
  })
  return viewOfTrail(trail)
}

/** Throws InvalidParameterCombinationException. */
export function checkScope({ isMultiRegion, includesGlobal }: TrailRecord): void {
  if (isMultiRegion && !includesGlobal)
    throw trailError('InvalidParameterCombinationException', 'Multi-Region trail must include global service events.')
}
