// SetDefaultPolicyVersion: says which version of a managed policy counts.
import { required } from '../constraints.ts'
import { noSuchEntity } from '../errors.ts'
import { changePolicy } from '../managed-policy.ts'
import type { IamOperation } from '../model.ts'

export const setDefaultPolicyVersion: IamOperation<'SetDefaultPolicyVersion'> = async (deps, input, { account }) => {
  const id = required(input.VersionId, 'versionId')
  await changePolicy(deps, account, input.PolicyArn, (record) => {
    if (!record.versions.some((version) => version.id === id))
      throw noSuchEntity(`Policy ${input.PolicyArn} version ${id} does not exist or is not attachable.`)
    return { ...record, defaultVersion: id, updatedMs: deps.clock.nowMs() }
  })
  return {}
}
