import { removeTags } from '../group-tags.ts'
import type { LogsOperation } from '../model.ts'
import { groupOfTaggedArn } from '../names.ts'

export const untagResource: LogsOperation<'UntagResource'> = async (deps, { resourceArn, tagKeys }, context) => {
  await removeTags(deps, context, groupOfTaggedArn(context, resourceArn), tagKeys)
  return {}
}
