// DeleteTrail: files that were delivered stay in the bucket.
import { transact } from '#storage/transact.ts'
import { progress } from '../delivery.ts'
import type { CloudTrailOperation } from '../model.ts'
import { findHomeTrail, trailKey, trails } from '../trail.ts'
import { selectData } from '../wanted-data.ts'

export const deleteTrail: CloudTrailOperation<'DeleteTrail'> = async ({ store, selection }, input, context) => {
  await transact(store, async (transaction) => {
    const trail = await findHomeTrail(transaction, input.Name, context)
    await trails.delete(transaction, trailKey(trail))
    await progress.delete(transaction, trailKey(trail))
  })
  await selectData(store, selection, context.account)
  return {}
}
