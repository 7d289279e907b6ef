// ListResourceTags: the tags of a key.
import { requireKeyById } from '../keys.ts'
import { pageOf, readWish } from '../pages.ts'
import { showTags } from '../tags.ts'
import type { KmsOperation } from '../model.ts'

export const listResourceTags: KmsOperation<'ListResourceTags'> = async (deps, input, context) => {
  const record = await requireKeyById(deps, context, input.KeyId)
  const { after, limit } = readWish(input)
  const sorted = record.tags
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .filter(({ key }) => after === undefined || key > after)
  const page = pageOf(sorted, limit, ({ key }) => key)
  return { Tags: showTags(page.items), ...page.end }
}
