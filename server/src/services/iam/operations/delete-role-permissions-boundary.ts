// DeleteRolePermissionsBoundary: takes the permission boundary from a role.
import { ROLE, changeCarrier } from '../carriers.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const deleteRolePermissionsBoundary: IamOperation<'DeleteRolePermissionsBoundary'> = async (
  deps,
  input,
  { account },
) => {
  await changeCarrier(deps, ROLE, account, input.RoleName, ({ boundary, ...record }) => {
    if (boundary === undefined) throw noSuchEntity(`Role ${record.name} has no permissions boundary.`)
    return record
  })
  return {}
}
