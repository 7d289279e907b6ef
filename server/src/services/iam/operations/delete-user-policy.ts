// DeleteUserPolicy: takes an inline policy from a user.
import { USER, changeCarrier, withoutInline } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const deleteUserPolicy: IamOperation<'DeleteUserPolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, USER, account, input.UserName, (record) => withoutInline(record, 'user', input.PolicyName))
  return {}
}
