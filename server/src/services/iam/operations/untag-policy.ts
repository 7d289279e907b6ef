// UntagPolicy: takes tags from a managed policy.
import { changePolicy } from '../managed-policy.ts'
import { withoutTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const untagPolicy: IamOperation<'UntagPolicy'> = async (deps, input, { account }) => {
  await changePolicy(deps, account, input.PolicyArn, (record) => ({
    ...record,
    tags: withoutTags(record.tags, input.TagKeys),
  }))
  return {}
}
