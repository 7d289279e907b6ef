// ListUserTags: the tags of a user.
import { USER, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import { showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const listUserTags: IamOperation<'ListUserTags'> = async (deps, input, { account }) => {
  const record = await requireCarrier(deps.identity.directory.store, USER, account, input.UserName)
  const page = pageOfList(record.tags, ({ key }) => key, input)
  return { Tags: showTags(page.items), ...page.end }
}
