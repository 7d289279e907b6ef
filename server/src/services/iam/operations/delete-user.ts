// DeleteUser: deletes a user that nothing hangs on any more.
import { nameKey, users } from '#identity/directory/records.ts'
import { keysOf } from '../access-key.ts'
import { USER, requireCarrier } from '../carriers.ts'
import { devicesOf } from '../mfa.ts'
import { emptyCheck } from '../entities.ts'
import { deleteConflict } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const deleteUser: IamOperation<'DeleteUser'> = async (deps, input, { account }) => {
  await deps.identity.directory.change(async (transaction) => {
    const user = await requireCarrier(transaction, USER, account, input.UserName)
    emptyCheck(user)
    if (user.groups.length > 0) throw deleteConflict('Cannot delete entity, must remove users from group first.')
    if (user.login !== undefined) throw deleteConflict('Cannot delete entity, must delete login profile first.')
    if ((await devicesOf(transaction, user)).length > 0)
      throw deleteConflict('Cannot delete entity, must delete MFA device first.')
    if ((await keysOf(transaction, { account, userName: user.name })).length > 0)
      throw deleteConflict('Cannot delete entity, must delete access keys first.')
    await users.delete(transaction, nameKey(account, user.name))
  })
  return {}
}
