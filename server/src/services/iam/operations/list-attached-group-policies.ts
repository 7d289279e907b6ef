// ListAttachedGroupPolicies: the managed policies of a group.
import { GROUP, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const listAttachedGroupPolicies: IamOperation<'ListAttachedGroupPolicies'> = async (
  deps,
  input,
  { account },
) => {
  const record = await requireCarrier(deps.identity.directory.store, GROUP, account, input.GroupName)
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
