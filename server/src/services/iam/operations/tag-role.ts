// TagRole: adds tags to a role, or changes their values.
import { ROLE, changeCarrier } from '../carriers.ts'
import { mergeTags, readTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const tagRole: IamOperation<'TagRole'> = async (deps, input, { account }) => {
  const added = readTags(input.Tags)
  await changeCarrier(deps, ROLE, account, input.RoleName, (record) => ({
    ...record,
    tags: mergeTags(record.tags, added),
  }))
  return {}
}
