// AddTags: a tag that is there gets the new value.
import { changeTrail } from '../change-trail.ts'
import type { CloudTrailOperation } from '../model.ts'
import { withTags } from '../tags.ts'

export const addTags: CloudTrailOperation<'AddTags'> = async (deps, input, context) => {
  await changeTrail(deps, input.ResourceId, context, (trail) => ({
    ...trail,
    tags: withTags(trail.tags, input.TagsList ?? []),
  }))
  return {}
}
