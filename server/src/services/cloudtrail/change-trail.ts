// A change of a trail that is there, in its home region.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { CloudTrailDeps } from './model.ts'
import { findHomeTrail, trailKey, type TrailRecord, trails } from './trail.ts'
import { selectData } from './wanted-data.ts'

/** Answers the trail as it is now; data calls are recorded as it says from here on. Throws as `findHomeTrail`, and what `next` throws. */
export async function changeTrail(
  { store, selection }: CloudTrailDeps,
  named: string | undefined,
  context: RequestContext,
  next: (before: TrailRecord) => TrailRecord | Promise<TrailRecord>,
): Promise<TrailRecord> {
  const changed = await transact(store, async (transaction) => {
    const trail = await next(await findHomeTrail(transaction, named, context))
    await trails.set(transaction, trailKey(trail), trail)
    return trail
  })
  await selectData(store, selection, context.account)
  return changed
}
