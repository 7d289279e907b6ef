// UntagInstanceProfile: takes tags from an instance profile.
import { changeProfile } from '../instance-profile.ts'
import { withoutTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const untagInstanceProfile: IamOperation<'UntagInstanceProfile'> = async (deps, input, { account }) => {
  await changeProfile(deps, account, input.InstanceProfileName, (profile) => ({
    ...profile,
    tags: withoutTags(profile.tags, input.TagKeys),
  }))
  return {}
}
