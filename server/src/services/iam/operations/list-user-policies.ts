// ListUserPolicies: the names of the inline policies of a user.
import { USER, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const listUserPolicies: IamOperation<'ListUserPolicies'> = async (deps, input, { account }) => {
  const record = await requireCarrier(deps.identity.directory.store, USER, account, input.UserName)
  const page = pageOfList(Object.keys(record.inline), (name) => name, input)
  return { PolicyNames: [...page.items], ...page.end }
}
