import { Constraints } from '../constraints.ts'
import { addTags } from '../group-tags.ts'
import { TAGS_MAX } from '../limits.ts'
import type { LogsOperation } from '../model.ts'

/** The older form of TagResource. */
export const tagLogGroup: LogsOperation<'TagLogGroup'> = async (deps, { logGroupName, tags }, context) => {
  new Constraints().groupName('logGroupName', logGroupName).tags('tags', tags, TAGS_MAX).check()
  await addTags(deps, context, logGroupName, tags)
  return {}
}
