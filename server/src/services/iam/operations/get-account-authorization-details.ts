// GetAccountAuthorizationDetails: all identities and policies of the account, with what hangs on them.
import {
  awsPolicyDetail,
  detailsOf,
  groupDetail,
  policyDetail,
  roleDetail,
  userDetail,
} from '../authorization-details.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const getAccountAuthorizationDetails: IamOperation<'GetAccountAuthorizationDetails'> = async (
  deps,
  input,
  { account },
) => {
  const { store } = deps.identity.directory
  const wanted = new Set<string>(input.Filter ?? [])
  const details = (await detailsOf(store, account)).filter(({ kind }) => wanted.size === 0 || wanted.has(kind))
  const page = pageOfList(details, ({ name }) => name, input)
  const shown = page.items
  return {
    UserDetailList: shown.flatMap((one) => (one.kind === 'User' ? [userDetail(one.record)] : [])),
    GroupDetailList: shown.flatMap((one) => (one.kind === 'Group' ? [groupDetail(one.record)] : [])),
    RoleDetailList: await Promise.all(
      shown.flatMap((one) => (one.kind === 'Role' ? [roleDetail(store, one.record)] : [])),
    ),
    Policies: await Promise.all([
      ...shown.flatMap((one) => (one.kind === 'LocalManagedPolicy' ? [policyDetail(store, one.record)] : [])),
      ...shown.flatMap((one) => (one.kind === 'AWSManagedPolicy' ? [awsPolicyDetail(store, account, one.record)] : [])),
    ]),
    ...page.end,
  }
}
