// ListTagsForResource: the tags of a parameter.
import { requireTagged } from '../tags.ts'
import type { SsmOperation } from '../model.ts'

export const listTagsForResource: SsmOperation<'ListTagsForResource'> = async (deps, input, context) => {
  const { tags } = await requireTagged(deps.store, context, input)
  return { TagList: tags.map(({ key, value }) => ({ Key: key, Value: value })) }
}
