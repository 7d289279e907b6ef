// RemoveUserFromGroup: ends a membership.
import { GROUP, USER, changeCarrier, requireCarrier } from '../carriers.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const removeUserFromGroup: IamOperation<'RemoveUserFromGroup'> = async (deps, input, { account }) => {
  const group = await requireCarrier(deps.identity.directory.store, GROUP, account, input.GroupName)
  await changeCarrier(deps, USER, account, input.UserName, (user) => {
    if (!user.groups.includes(group.name)) throw noSuchEntity(`User ${user.name} is not in group ${group.name}.`)
    return { ...user, groups: user.groups.filter((name) => name !== group.name) }
  })
  return {}
}
