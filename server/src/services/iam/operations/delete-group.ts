// DeleteGroup: deletes a group that has neither members nor policies.
import { groups, nameKey, users } from '#identity/directory/records.ts'
import { GROUP, requireCarrier } from '../carriers.ts'
import { emptyCheck } from '../entities.ts'
import { deleteConflict } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const deleteGroup: IamOperation<'DeleteGroup'> = async (deps, input, { account }) => {
  await deps.identity.directory.change(async (transaction) => {
    const group = await requireCarrier(transaction, GROUP, account, input.GroupName)
    const [member] = await users.listIndex(
      transaction,
      'group',
      { prefix: [account, group.name.toLowerCase()] },
      { limit: 1 },
    )
    if (member !== undefined) throw deleteConflict('Cannot delete entity, must remove users from group first.')
    emptyCheck(group)
    await groups.delete(transaction, nameKey(account, group.name))
  })
  return {}
}
