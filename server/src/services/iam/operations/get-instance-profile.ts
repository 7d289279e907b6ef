// GetInstanceProfile: an instance profile and its role.
import { requireProfile } from '../instance-profile.ts'
import { showInstanceProfile } from '../views.ts'
import type { IamOperation } from '../model.ts'

export const getInstanceProfile: IamOperation<'GetInstanceProfile'> = async (deps, input, { account }) => {
  const { store } = deps.identity.directory
  const profile = await requireProfile(store, account, input.InstanceProfileName)
  return { InstanceProfile: await showInstanceProfile(store, profile) }
}
