// ListInstanceProfileTags: the tags of an instance profile.
import { requireProfile } from '../instance-profile.ts'
import { pageOfList } from '../pages.ts'
import { showTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const listInstanceProfileTags: IamOperation<'ListInstanceProfileTags'> = async (deps, input, { account }) => {
  const profile = await requireProfile(deps.identity.directory.store, account, input.InstanceProfileName)
  const page = pageOfList(profile.tags, ({ key }) => key, input)
  return { Tags: showTags(page.items), ...page.end }
}
