// UntagRole: takes tags from a role.
import { ROLE, changeCarrier } from '../carriers.ts'
import { withoutTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const untagRole: IamOperation<'UntagRole'> = async (deps, input, { account }) => {
  await changeCarrier(deps, ROLE, account, input.RoleName, (record) => ({
    ...record,
    tags: withoutTags(record.tags, input.TagKeys),
  }))
  return {}
}
