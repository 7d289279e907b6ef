// DeleteRole: deletes a role that nothing hangs on any more. Sessions of it may nothing from then on.
import { instanceProfiles, nameKey, roles } from '#identity/directory/records.ts'
import { ROLE, refuseServiceLinked, requireCarrier } from '../carriers.ts'
import { emptyCheck } from '../entities.ts'
import { deleteConflict } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const deleteRole: IamOperation<'DeleteRole'> = async (deps, input, { account }) => {
  await deps.identity.directory.change(async (transaction) => {
    const role = await requireCarrier(transaction, ROLE, account, input.RoleName)
    refuseServiceLinked(role)
    const [profile] = await instanceProfiles.listIndex(
      transaction,
      'role',
      { prefix: [account, role.name.toLowerCase()] },
      { limit: 1 },
    )
    if (profile !== undefined)
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    emptyCheck(role)
    await roles.delete(transaction, nameKey(account, role.name))
  })
  return {}
}
