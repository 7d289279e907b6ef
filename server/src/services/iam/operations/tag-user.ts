// TagUser: adds tags to a user, or changes their values.
import { USER, changeCarrier } from '../carriers.ts'
import { mergeTags, readTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const tagUser: IamOperation<'TagUser'> = async (deps, input, { account }) => {
  const added = readTags(input.Tags)
  await changeCarrier(deps, USER, account, input.UserName, (record) => ({
    ...record,
    tags: mergeTags(record.tags, added),
  }))
  return {}
}
