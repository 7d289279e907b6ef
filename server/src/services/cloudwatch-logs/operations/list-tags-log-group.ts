import { Constraints } from '../constraints.ts'
import { readTags } from '../group-tags.ts'
import type { LogsOperation } from '../model.ts'

/** The older form of ListTagsForResource. */
export const listTagsLogGroup: LogsOperation<'ListTagsLogGroup'> = async (deps, { logGroupName }, context) => {
  new Constraints().groupName('logGroupName', logGroupName).check()
  return { tags: await readTags(deps, context, logGroupName) }
}
