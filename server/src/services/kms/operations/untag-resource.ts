// UntagResource: takes tags from a key.
import { changeKey } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const untagResource: KmsOperation<'UntagResource'> = async (deps, input, context) => {
  const gone = new Set(input.TagKeys ?? [])
  await changeKey(deps, context, input.KeyId, (record) => ({
    ...record,
    tags: record.tags.filter(({ key }) => !gone.has(key)),
  }))
  return {}
}
