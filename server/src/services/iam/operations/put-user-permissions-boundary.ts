// PutUserPermissionsBoundary: sets the permission boundary of a user.
import { USER, changeCarrier, withBoundary } from '../carriers.ts'
import { required } from '../constraints.ts'
import type { IamOperation } from '../model.ts'

export const putUserPermissionsBoundary: IamOperation<'PutUserPermissionsBoundary'> = async (
  deps,
  input,
  { account },
) => {
  const boundary = required(input.PermissionsBoundary, 'permissionsBoundary')
  await changeCarrier(deps, USER, account, input.UserName, (record, transaction) =>
    withBoundary(record, transaction, boundary),
  )
  return {}
}
