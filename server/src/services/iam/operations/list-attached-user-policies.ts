// ListAttachedUserPolicies: the managed policies of a user.
import { USER, requireCarrier } from '../carriers.ts'
import { pageOfList } from '../pages.ts'
import type { IamOperation } from '../model.ts'

export const listAttachedUserPolicies: IamOperation<'ListAttachedUserPolicies'> = async (deps, input, { account }) => {
  const record = await requireCarrier(deps.identity.directory.store, USER, account, input.UserName)
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
