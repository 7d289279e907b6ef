// ListRoleTags: the tags of a role.
import { ROLE, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import { showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const listRoleTags: IamOperation<'ListRoleTags'> = async (deps, input, { account }) => {
  const record = await requireCarrier(deps.identity.directory.store, ROLE, account, input.RoleName)
  const page = pageOfList(record.tags, ({ key }) => key, input)
  return { Tags: showTags(page.items), ...page.end }
}
