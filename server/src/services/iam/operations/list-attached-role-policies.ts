// ListAttachedRolePolicies: the managed policies of a role.
import { ROLE, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const listAttachedRolePolicies: IamOperation<'ListAttachedRolePolicies'> = async (deps, input, { account }) => {
  const record = await requireCarrier(deps.identity.directory.store, ROLE, account, input.RoleName)
  const { PathPrefix: prefix = '/' } = input
  const wanted = record.attached.filter((arn) =>
    arn.slice(arn.indexOf(':policy/') + ':policy'.length).startsWith(prefix),
  )
  const page = pageOfList(wanted, (arn) => arn, input)
  return {
    AttachedPolicies: page.items.map((arn) => ({ PolicyArn: arn, PolicyName: arn.slice(arn.lastIndexOf('/') + 1) })),
    ...page.end,
  }
}
