// UpdateAssumeRolePolicy: says anew who may assume a role.
import { ROLE, changeCarrier } from '../carriers.ts'
import { TRUST_POLICY_CHARS_MAX } from '../limits.ts'
import { checkPolicy, checkPolicySize } from '../policy-text.ts'
import type { IamOperation } from '../model.ts'

export const updateAssumeRolePolicy: IamOperation<'UpdateAssumeRolePolicy'> = async (deps, input, { account }) => {
  const trust = checkPolicy(input.PolicyDocument, 'trust')
  checkPolicySize(trust, TRUST_POLICY_CHARS_MAX, 'ACLSizePerRole')
  await changeCarrier(deps, ROLE, account, input.RoleName, (role) => ({ ...role, trust }))
  return {}
}
