// DeleteRolePolicy: takes an inline policy from a role.
import { ROLE, changeCarrier, withoutInline } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const deleteRolePolicy: IamOperation<'DeleteRolePolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, ROLE, account, input.RoleName, (record) => withoutInline(record, 'role', input.PolicyName))
  return {}
}
