// DeletePolicyVersion: deletes a version of a managed policy that is not the default.
import { required } from '../constraints.ts'
import { deleteConflict, noSuchEntity } from '../errors.ts'
import { changePolicy } from '../managed-policy.ts'
import type { IamOperation } from '../model.ts'

export const deletePolicyVersion: IamOperation<'DeletePolicyVersion'> = async (deps, input, { account }) => {
  const id = required(input.VersionId, 'versionId')
  await changePolicy(deps, account, input.PolicyArn, (record) => {
    if (record.defaultVersion === id) throw deleteConflict('Cannot delete the default version of a policy.')
    if (!record.versions.some((version) => version.id === id))
      throw noSuchEntity(`Policy ${input.PolicyArn} version ${id} does not exist or is not attachable.`)
    return { ...record, versions: record.versions.filter((version) => version.id !== id) }
  })
  return {}
}
