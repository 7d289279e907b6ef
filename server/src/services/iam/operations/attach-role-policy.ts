// AttachRolePolicy: attaches a managed policy to a role.
import { ROLE, changeCarrier, withAttached } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const attachRolePolicy: IamOperation<'AttachRolePolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, ROLE, account, input.RoleName, (record, transaction) =>
    withAttached(record, transaction, ROLE, input.PolicyArn),
  )
  return {}
}
