// DeleteInstanceProfile: deletes an instance profile that has no role.
import { instanceProfiles, nameKey } from '#identity/directory/records.ts'
import { deleteConflict } from '../errors.ts'
import { requireProfile } from '../instance-profile.ts'
import type { IamOperation } from '../model.ts'

export const deleteInstanceProfile: IamOperation<'DeleteInstanceProfile'> = async (deps, input, { account }) => {
  await deps.identity.directory.change(async (transaction) => {
    const profile = await requireProfile(transaction, account, input.InstanceProfileName)
    if (profile.role !== undefined)
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    await instanceProfiles.delete(transaction, nameKey(account, profile.name))
  })
  return {}
}
