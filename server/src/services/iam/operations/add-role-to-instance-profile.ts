// AddRoleToInstanceProfile: puts the one role into an instance profile.
import { ROLE, requireCarrier } from '../carriers.ts'
import { quotaExceeded } from '../errors.ts'
import { changeProfile } from '../instance-profile.ts'
import type { IamOperation } from '../model.ts'

export const addRoleToInstanceProfile: IamOperation<'AddRoleToInstanceProfile'> = async (deps, input, { account }) => {
  await changeProfile(deps, account, input.InstanceProfileName, async (profile, transaction) => {
    const role = await requireCarrier(transaction, ROLE, account, input.RoleName)
    if (profile.role !== undefined) throw quotaExceeded('InstanceSessionsPerInstanceProfile', 1)
    return { ...profile, role: role.name }
  })
  return {}
}
