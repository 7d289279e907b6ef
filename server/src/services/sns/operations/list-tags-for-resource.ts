import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { taggedTopic } from '../tagged-topic.ts'

/** ListTagsForResource: all tags of a topic. */
export async function listTagsForResource(
  { store }: SnsDeps,
  input: SnsInput<'ListTagsForResource'>,
  context: RequestContext,
): Promise<SnsOutput<'ListTagsForResource'>> {
  const { tags } = await taggedTopic(store, input.ResourceArn, context)
  return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }
}
