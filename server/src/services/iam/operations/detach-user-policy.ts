// DetachUserPolicy: takes a managed policy from a user.
import { USER, changeCarrier, withoutAttached } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const detachUserPolicy: IamOperation<'DetachUserPolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, USER, account, input.UserName, (record) => withoutAttached(record, input.PolicyArn))
  return {}
}
