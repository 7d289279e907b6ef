// RemoveTagsFromResource: takes tags from a parameter.
import { transact } from '#storage/transact.ts'
import { keyOf, parameters } from '../parameter.ts'
import { requireTagged } from '../tags.ts'
import type { SsmOperation } from '../model.ts'

export const removeTagsFromResource: SsmOperation<'RemoveTagsFromResource'> = async (deps, input, context) => {
  const gone = new Set(input.TagKeys ?? [])
  await transact(deps.store, async (transaction) => {
    const record = await requireTagged(transaction, context, input)
    await parameters.set(transaction, keyOf(record), {
      ...record,
      tags: record.tags.filter(({ key }) => !gone.has(key)),
    })
  })
  return {}
}
