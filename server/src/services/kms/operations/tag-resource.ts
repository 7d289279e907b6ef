// TagResource: adds tags to a key, or changes their values.
import { changeKey } from '../keys.ts'
import { withTags } from '../tags.ts'
import type { KmsOperation } from '../model.ts'

export const tagResource: KmsOperation<'TagResource'> = async (deps, input, context) => {
  await changeKey(deps, context, input.KeyId, (record) => ({ ...record, tags: withTags(record.tags, input.Tags) }))
  return {}
}
