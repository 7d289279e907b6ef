// ListTagsForResource: the tags of a bus or a rule.
import type { EventBridgeOperation } from '../model.ts'
import { requireTagged } from '../tagged.ts'
import { shownTags } from '../tags.ts'

export const listTagsForResource: EventBridgeOperation<'ListTagsForResource'> = async ({ store }, input) => ({
  Tags: shownTags((await requireTagged(store, input.ResourceARN)).tags),
})
