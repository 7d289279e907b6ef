// RemoveRoleFromInstanceProfile: takes the role out of an instance profile.
import { noSuchEntity } from '../errors.ts'
import { changeProfile } from '../instance-profile.ts'
import type { IamOperation } from '../model.ts'

export const removeRoleFromInstanceProfile: IamOperation<'RemoveRoleFromInstanceProfile'> = async (
  deps,
  input,
  { account },
) => {
  await changeProfile(deps, account, input.InstanceProfileName, ({ role, ...profile }) => {
    if (role === undefined || role.toLowerCase() !== input.RoleName?.toLowerCase())
      throw noSuchEntity(`The role with name ${input.RoleName} cannot be found.`)
    return profile
  })
  return {}
}
