// AddTagsToResource: adds tags to a parameter, or changes their values.
import { transact } from '#storage/transact.ts'
import { keyOf, parameters } from '../parameter.ts'
import { requireTagged, withTags } from '../tags.ts'
import type { SsmOperation } from '../model.ts'

export const addTagsToResource: SsmOperation<'AddTagsToResource'> = async (deps, input, context) => {
  await transact(deps.store, async (transaction) => {
    const record = await requireTagged(transaction, context, input)
    await parameters.set(transaction, keyOf(record), { ...record, tags: withTags(record.tags, input.Tags) })
  })
  return {}
}
