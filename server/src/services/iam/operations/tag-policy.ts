// TagPolicy: adds tags to a managed policy, or changes their values.
import { changePolicy } from '../managed-policy.ts'
import { mergeTags, readTags } from '../tags.ts'
import type { IamOperation } from '../model.ts'

export const tagPolicy: IamOperation<'TagPolicy'> = async (deps, input, { account }) => {
  const added = readTags(input.Tags)
  await changePolicy(deps, account, input.PolicyArn, (record) => ({ ...record, tags: mergeTags(record.tags, added) }))
  return {}
}
