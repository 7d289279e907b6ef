// GetGroupPolicy: an inline policy of a group.
import { GROUP, requireCarrier, requireInline } from '../carriers.ts'
import { encodeDocument } from '../policy-text.ts'
import type { IamOperation } from '../model.ts'

export const getGroupPolicy: IamOperation<'GetGroupPolicy'> = async (deps, input, { account }) => {
  const record = await requireCarrier(deps.identity.directory.store, GROUP, account, input.GroupName)
  const document = requireInline(record, 'group', input.PolicyName)
  return { GroupName: record.name, PolicyName: input.PolicyName, PolicyDocument: encodeDocument(document) }
}
