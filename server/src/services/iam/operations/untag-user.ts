// UntagUser: takes tags from a user.
import { USER, changeCarrier } from '../carriers.ts'
import { withoutTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const untagUser: IamOperation<'UntagUser'> = async (deps, input, { account }) => {
  await changeCarrier(deps, USER, account, input.UserName, (record) => ({
    ...record,
    tags: withoutTags(record.tags, input.TagKeys),
  }))
  return {}
}
