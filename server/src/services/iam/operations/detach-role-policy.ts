// DetachRolePolicy: takes a managed policy from a role.
import { ROLE, changeCarrier, withoutAttached } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const detachRolePolicy: IamOperation<'DetachRolePolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, ROLE, account, input.RoleName, (record) => withoutAttached(record, input.PolicyArn))
  return {}
}
