// PutRolePolicy: an inline policy of a role, new or in place of the one of that name.
import { ROLE, changeCarrier, withInline } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const putRolePolicy: IamOperation<'PutRolePolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, ROLE, account, input.RoleName, (record) =>
    withInline(record, 'role', input.PolicyName, input.PolicyDocument),
  )
  return {}
}
