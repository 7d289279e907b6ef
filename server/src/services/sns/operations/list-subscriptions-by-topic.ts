// ListSubscriptionsByTopic: 100 at a time.
import type { RequestContext } from '#protocol/operation.ts'
import type { SnsDeps } from '../deps.ts'
import { LIST_PAGE } from '../limits.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { pageToken, readPageToken } from '../page-token.ts'
import { listed, subscriptions } from '../subscription.ts'
import { requireTopic, topicKey } from '../topic.ts'

export async function listSubscriptionsByTopic(
  { store }: SnsDeps,
  input: SnsInput<'ListSubscriptionsByTopic'>,
  context: RequestContext,
): Promise<SnsOutput<'ListSubscriptionsByTopic'>> {
  const topic = await requireTopic(store, input.TopicArn, context)
  const after = readPageToken(input.NextToken, 1)
  const prefix = topicKey(topic)
  const page = await subscriptions.list(
    store,
    { prefix, ...(after && { after: [...prefix, ...after] }) },
    { limit: LIST_PAGE + 1 },
  )
  const shown = page.slice(0, LIST_PAGE)
  const last = shown.at(-1)
  return {
    Subscriptions: shown.filter(({ value }) => value.topicId === topic.id).map(({ value }) => listed(value)),
    ...(page.length > LIST_PAGE && last && { NextToken: pageToken([last.value.id]) }),
  }
}
