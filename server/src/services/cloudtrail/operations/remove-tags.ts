// RemoveTags: by their keys; what is not there does not matter.
import { changeTrail } from '../change-trail.ts'
import type { CloudTrailOperation } from '../model.ts'

export const removeTags: CloudTrailOperation<'RemoveTags'> = async (deps, input, context) => {
  const gone = new Set((input.TagsList ?? []).map(({ Key: key }) => key))
  await changeTrail(deps, input.ResourceId, context, (trail) => ({
    ...trail,
    tags: Object.fromEntries(Object.entries(trail.tags).filter(([key]) => !gone.has(key))),
  }))
  return {}
}
