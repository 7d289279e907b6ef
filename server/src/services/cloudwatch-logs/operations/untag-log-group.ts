import { Constraints } from '../constraints.ts'
import { removeTags } from '../group-tags.ts'
import type { LogsOperation } from '../model.ts'

/** The older form of UntagResource. */
export const untagLogGroup: LogsOperation<'UntagLogGroup'> = async (deps, { logGroupName, tags }, context) => {
  new Constraints().groupName('logGroupName', logGroupName).check()
  await removeTags(deps, context, logGroupName, tags)
  return {}
}
