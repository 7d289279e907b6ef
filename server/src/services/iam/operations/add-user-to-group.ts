// AddUserToGroup: makes a user a member of a group; doing it twice is fine.
import { GROUP, USER, changeCarrier, requireCarrier } from '../carriers.ts'
import { quotaExceeded } from '../errors.ts'
import { GROUPS_PER_USER_MAX } from '../limits.ts'
import type { IamOperation } from '../model.ts'

export const addUserToGroup: IamOperation<'AddUserToGroup'> = async (deps, input, { account }) => {
  const group = await requireCarrier(deps.identity.directory.store, GROUP, account, input.GroupName)
  await changeCarrier(deps, USER, account, input.UserName, async (user, transaction) => {
    const { name } = await requireCarrier(transaction, GROUP, account, group.name)
    if (user.groups.includes(name)) return user
    if (user.groups.length >= GROUPS_PER_USER_MAX) throw quotaExceeded('GroupsPerUser', GROUPS_PER_USER_MAX)
    return { ...user, groups: [...user.groups, name] }
  })
  return {}
}
