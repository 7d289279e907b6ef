// PutRolePermissionsBoundary: sets the permission boundary of a role.
import { ROLE, changeCarrier, withBoundary } from '../carriers.ts'
import { required } from '../constraints.ts'
import type { IamOperation } from '../model.ts'

export const putRolePermissionsBoundary: IamOperation<'PutRolePermissionsBoundary'> = async (
  deps,
  input,
  { account },
) => {
  const boundary = required(input.PermissionsBoundary, 'permissionsBoundary')
  await changeCarrier(deps, ROLE, account, input.RoleName, (record, transaction) =>
    withBoundary(record, transaction, boundary),
  )
  return {}
}
