// ListTags: of trails, by ARN.
import { trailError } from '../errors.ts'
import { LIST_TAGS_RESOURCES_MAX } from '../limits.ts'
import type { CloudTrailOperation } from '../model.ts'
import { tagsView } from '../tags.ts'
import { findTrail } from '../trail.ts'

export const listTags: CloudTrailOperation<'ListTags'> = async ({ store }, input, context) => {
  const ids = input.ResourceIdList ?? []
  if (ids.length > LIST_TAGS_RESOURCES_MAX)
    throw trailError('InvalidParameterException', `At most ${LIST_TAGS_RESOURCES_MAX} resources can be named.`)
  const found = await Promise.all(
    ids.map(async (id) => ({ ResourceId: id, TagsList: tagsView((await findTrail(store, id, context)).tags) })),
  )
  return { ResourceTagList: found }
}
