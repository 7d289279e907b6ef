// GetUserPolicy: an inline policy of a user.
import { USER, requireCarrier, requireInline } from '../carriers.ts'
import { encodeDocument } from '../policy-text.ts'
import type { IamOperation } from '../model.ts'

export const getUserPolicy: IamOperation<'GetUserPolicy'> = async (deps, input, { account }) => {
  const record = await requireCarrier(deps.identity.directory.store, USER, account, input.UserName)
  const document = requireInline(record, 'user', input.PolicyName)
  return { UserName: record.name, PolicyName: input.PolicyName, PolicyDocument: encodeDocument(document) }
}
