import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput } from '../model.ts'
import { readTags, withTags } from '../tags.ts'
import { taggedTopic } from '../tagged-topic.ts'
import { changeTopic } from '../topic.ts'

/** TagResource: adds tags to a topic, or changes them. */
export async function tagResource(
  deps: SnsDeps,
  input: SnsInput<'TagResource'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const added = readTags(input.Tags ?? [])
  await transact(deps.store, async (transaction) => {
    const topic = await taggedTopic(transaction, input.ResourceArn, context)
    await changeTopic(transaction, topic, { tags: withTags(topic.tags, added) })
  })
  return {}
}
