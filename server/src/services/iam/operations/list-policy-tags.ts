// ListPolicyTags: the tags of a managed policy.
import { requireOwnPolicy } from '../managed-policy.ts'
import { pageOfList } from '../pages.ts'
import { showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const listPolicyTags: IamOperation<'ListPolicyTags'> = async (deps, input, { account }) => {
  const record = await requireOwnPolicy(deps.identity.directory.store, account, input.PolicyArn)
  const page = pageOfList(record.tags, ({ key }) => key, input)
  return { Tags: showTags(page.items), ...page.end }
}
