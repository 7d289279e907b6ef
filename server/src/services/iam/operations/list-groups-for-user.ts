// ListGroupsForUser: the groups of a user.
import { USER, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import { groupsOf, showGroup } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const listGroupsForUser: IamOperation<'ListGroupsForUser'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  const found = await groupsOf(store, await requireCarrier(store, USER, account, input.UserName))
  const page = pageOfList(found, ({ name }) => name, input)
  return { Groups: page.items.map(showGroup), ...page.end }
}
