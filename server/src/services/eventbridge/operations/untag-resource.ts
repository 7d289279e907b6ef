// UntagResource: takes tags from a bus or a rule.
import { transact } from '#storage/transact.ts'
import type { EventBridgeOperation } from '../model.ts'
import { requireTagged } from '../tagged.ts'
import { withoutTags } from '../tags.ts'

export const untagResource: EventBridgeOperation<'UntagResource'> = async ({ store }, input) => {
  await transact(store, async (transaction) => {
    const tagged = await requireTagged(transaction, input.ResourceARN)
    await tagged.set(transaction, withoutTags(tagged.tags, input.TagKeys ?? []))
  })
  return {}
}
