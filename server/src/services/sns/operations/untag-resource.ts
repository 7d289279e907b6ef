import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput } from '../model.ts'
import { taggedTopic } from '../tagged-topic.ts'
import { changeTopic } from '../topic.ts'

/** UntagResource: takes tags from a topic; those that it does not have are no error. */
export async function untagResource(
  deps: SnsDeps,
  input: SnsInput<'UntagResource'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const gone = new Set(input.TagKeys)
  await transact(deps.store, async (transaction) => {
    const topic = await taggedTopic(transaction, input.ResourceArn, context)
    const tags = Object.fromEntries(Object.entries(topic.tags).filter(([name]) => !gone.has(name)))
    await changeTopic(transaction, topic, { tags })
  })
  return {}
}
