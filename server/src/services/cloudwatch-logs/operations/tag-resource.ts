import { Constraints } from '../constraints.ts'
import { addTags } from '../group-tags.ts'
import { TAGS_MAX } from '../limits.ts'
import type { LogsOperation } from '../model.ts'
import { groupOfTaggedArn } from '../names.ts'

export const tagResource: LogsOperation<'TagResource'> = async (deps, { resourceArn, tags }, context) => {
  new Constraints().tags('tags', tags, TAGS_MAX).check()
  await addTags(deps, context, groupOfTaggedArn(context, resourceArn), tags)
  return {}
}
