// DeletePolicy: deletes a policy that is attached to nothing and has one version.
import { iamArn, nameKey, policies } from '#identity/directory/records.ts'
import { deleteConflict } from '../errors.ts'
import { requireOwnPolicy, usesOf } from '../managed-policy.ts'
import type { IamOperation } from '../model.ts'

export const deletePolicy: IamOperation<'DeletePolicy'> = async (deps, input, { account }) => {
  await deps.identity.directory.change(async (transaction) => {
    const record = await requireOwnPolicy(transaction, account, input.PolicyArn)
    const uses = await usesOf(transaction, account, iamArn('policy', record))
    if (Object.values(uses).some((list) => list.length > 0))
      throw deleteConflict('Cannot delete a policy attached to entities.')
    if (record.versions.length > 1)
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    await policies.delete(transaction, nameKey(account, record.name))
  })
  return {}
}
