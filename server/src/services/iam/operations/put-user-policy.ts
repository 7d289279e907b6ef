// PutUserPolicy: an inline policy of a user, new or in place of the one of that name.
import { USER, changeCarrier, withInline } from '../carriers.ts'
import type { IamOperation } from '../model.ts'

export const putUserPolicy: IamOperation<'PutUserPolicy'> = async (deps, input, { account }) => {
  await changeCarrier(deps, USER, account, input.UserName, (record) =>
    withInline(record, 'user', input.PolicyName, input.PolicyDocument),
  )
  return {}
}
