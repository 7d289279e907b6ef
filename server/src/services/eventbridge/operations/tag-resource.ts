// TagResource: adds tags to a bus or a rule.
import { transact } from '#storage/transact.ts'
import type { EventBridgeOperation } from '../model.ts'
import { requireTagged } from '../tagged.ts'
import { withTags } from '../tags.ts'

export const tagResource: EventBridgeOperation<'TagResource'> = async ({ store }, input) => {
  await transact(store, async (transaction) => {
    const tagged = await requireTagged(transaction, input.ResourceARN)
    await tagged.set(transaction, withTags(tagged.tags, input.Tags))
  })
  return {}
}
