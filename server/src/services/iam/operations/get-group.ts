// GetGroup: a group and its members.
import { users } from '#identity/directory/records.ts'
import { allIndexed } from '#storage/each-stored.ts'
import { GROUP, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import { showGroup, showUser } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const getGroup: IamOperation<'GetGroup'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  const group = await requireCarrier(store, GROUP, account, input.GroupName)
  const members = await allIndexed(store, users, 'group', [account, group.name.toLowerCase()])
  const page = pageOfList(members, ({ name }) => name.toLowerCase(), input)
  return { Group: showGroup(group), Users: page.items.map(showUser), ...page.end }
}
