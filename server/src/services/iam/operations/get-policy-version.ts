// GetPolicyVersion: one version of a managed policy, with its document.
import { requireVersion } from '../managed-policy.ts'
import { encodeDocument } from '../policy-text.ts'
import type { IamOperation } from '../model.ts'

export const getPolicyVersion: IamOperation<'GetPolicyVersion'> = async (deps, input, { account }) => {
  const found = await requireVersion(deps.identity.directory.store, account, input.PolicyArn, input.VersionId)
  return {
    PolicyVersion: {
      Document: encodeDocument(found.document),
      VersionId: found.id,
      IsDefaultVersion: found.isDefault,
      CreateDate: found.created,
    },
  }
}
