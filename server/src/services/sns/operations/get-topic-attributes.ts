// GetTopicAttributes: what was set, what holds by default, and how many subscriptions there are.
import type { RequestContext } from '#protocol/operation.ts'
import { oldestArchivedMs } from '../archive.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { readCounts, requireTopic } from '../topic.ts'
import { archiveDaysOf, shownAttributes } from '../topic-attributes.ts'

export async function getTopicAttributes(
  { store }: SnsDeps,
  input: SnsInput<'GetTopicAttributes'>,
  context: RequestContext,
): Promise<SnsOutput<'GetTopicAttributes'>> {
  const topic = await requireTopic(store, input.TopicArn, context)
  const [counts, oldestMs] = await Promise.all([
    readCounts(store, topic.id),
    archiveDaysOf(topic) === undefined ? undefined : oldestArchivedMs(store, topic.id),
  ])
  return { Attributes: shownAttributes(topic, counts, oldestMs) }
}
