// CreatePolicyVersion: a new version of a managed policy, which may become the one that counts.
import { limitExceeded } from '../errors.ts'
import { MANAGED_POLICY_CHARS_MAX, POLICY_VERSIONS_MAX } from '../limits.ts'
import { changePolicy } from '../managed-policy.ts'
import { checkPolicy, checkPolicySize } from '../policy-text.ts'
import type { IamOperation } from '../model.ts'

export const createPolicyVersion: IamOperation<'CreatePolicyVersion'> = async (deps, input, { account }) => {
  const document = checkPolicy(input.PolicyDocument, 'identity')
  checkPolicySize(document, MANAGED_POLICY_CHARS_MAX, 'PolicySize')
  const createdMs = deps.clock.nowMs()
  const isDefault = input.SetAsDefault ?? false
  const record = await changePolicy(deps, account, input.PolicyArn, (found) => {
    if (found.versions.length >= POLICY_VERSIONS_MAX)
      throw limitExceeded(
        `A managed policy can have up to ${POLICY_VERSIONS_MAX} versions. Before you create a new version, you must delete an existing version.`,
      )
    const versionsMade = found.versionsMade + 1
    const id = `v${versionsMade}`
    return {
      ...found,
      versionsMade,
      updatedMs: createdMs,
      versions: [...found.versions, { id, createdMs, document }],
      defaultVersion: isDefault ? id : found.defaultVersion,
    }
  })
  const VersionId = `v${record.versionsMade}`
  return { PolicyVersion: { VersionId, IsDefaultVersion: isDefault, CreateDate: new Date(createdMs) } }
}
