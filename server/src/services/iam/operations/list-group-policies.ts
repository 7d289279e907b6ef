// ListGroupPolicies: the names of the inline policies of a group.
import { GROUP, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const listGroupPolicies: IamOperation<'ListGroupPolicies'> = async (deps, input, { account }) => {
  const record = await requireCarrier(deps.identity.directory.store, GROUP, account, input.GroupName)
  const page = pageOfList(Object.keys(record.inline), (name) => name, input)
  return { PolicyNames: [...page.items], ...page.end }
}
