import { readTags } from '../group-tags.ts'
import type { LogsOperation } from '../model.ts'
import { groupOfTaggedArn } from '../names.ts'

export const listTagsForResource: LogsOperation<'ListTagsForResource'> = async (deps, { resourceArn }, context) => ({
  tags: await readTags(deps, context, groupOfTaggedArn(context, resourceArn)),
})
