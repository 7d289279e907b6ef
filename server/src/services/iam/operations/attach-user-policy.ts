// AttachUserPolicy: attaches a managed policy to a user.
import { USER, changeCarrier, withAttached } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const attachUserPolicy: IamOperation<'AttachUserPolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, USER, account, input.UserName, (record, transaction) =>
    withAttached(record, transaction, USER, input.PolicyArn),
  )
  return {}
}
