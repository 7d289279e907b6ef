// ListRolePolicies: the names of the inline policies of a role.
import { ROLE, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const listRolePolicies: IamOperation<'ListRolePolicies'> = async (deps, input, { account }) => {
  const record = await requireCarrier(deps.identity.directory.store, ROLE, account, input.RoleName)
  const page = pageOfList(Object.keys(record.inline), (name) => name, input)
  return { PolicyNames: [...page.items], ...page.end }
}
