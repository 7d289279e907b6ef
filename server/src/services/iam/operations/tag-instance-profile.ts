// TagInstanceProfile: adds tags to an instance profile, or changes their values.
import { changeProfile } from '../instance-profile.ts'
import { mergeTags, readTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const tagInstanceProfile: IamOperation<'TagInstanceProfile'> = async (deps, input, { account }) => {
  const added = readTags(input.Tags)
  await changeProfile(deps, account, input.InstanceProfileName, (profile) => ({
    ...profile,
    tags: mergeTags(profile.tags, added),
  }))
  return {}
}
