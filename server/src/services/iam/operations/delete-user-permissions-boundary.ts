// DeleteUserPermissionsBoundary: takes the permission boundary from a user.
import { USER, changeCarrier } from '../carriers.ts'
import { noSuchEntity } from '../errors.ts'
import type { IamOperation } from '../model.ts'

export const deleteUserPermissionsBoundary: IamOperation<'DeleteUserPermissionsBoundary'> = async (
  deps,
  input,
  { account },
) => {
  await changeCarrier(deps, USER, account, input.UserName, ({ boundary, ...record }) => {
    if (boundary === undefined) throw noSuchEntity(`User ${record.name} has no permissions boundary.`)
    return record
  })
  return {}
}
