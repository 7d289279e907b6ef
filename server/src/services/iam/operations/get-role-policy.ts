// GetRolePolicy: an inline policy of a role.
import { ROLE, requireCarrier, requireInline } from '../carriers.ts'
import { encodeDocument } from '../policy-text.ts'
import type { IamOperation } from '../model.ts'

export const getRolePolicy: IamOperation<'GetRolePolicy'> = async (deps, input, { account }) => {
  const record = await requireCarrier(deps.identity.directory.store, ROLE, account, input.RoleName)
  const document = requireInline(record, 'role', input.PolicyName)
  return { RoleName: record.name, PolicyName: input.PolicyName, PolicyDocument: encodeDocument(document) }
}
