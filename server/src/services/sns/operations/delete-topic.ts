// DeleteTopic: the topic and its subscriptions. Deleting what is not there succeeds.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { archivingTopics, dropArchive } from '../archive.ts'
import { requestedTopic } from '../arn.ts'
import type { SnsDeps } from '../deps.ts'
import { invalidParameter } from '../errors.ts'
import { SWEEP_PAGE } from '../limits.ts'
import type { SnsInput } from '../model.ts'
import { subscriptions } from '../subscription.ts'
import { dropCounts, topicKey, type TopicRecord, topics } from '../topic.ts'
import { archiveDaysOf } from '../topic-attributes.ts'

export async function deleteTopic(
  deps: SnsDeps,
  input: SnsInput<'DeleteTopic'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const key = topicKey(requestedTopic(input.TopicArn, context))
  const deleted = await transact(deps.store, async (transaction) => {
    const topic = (await topics.get(transaction, key))?.value
    if (topic === undefined) return undefined
    // AWS: an archive is a promise, so it must be ended first.
    if (archiveDaysOf(topic) !== undefined) throw invalidParameter('Cannot delete a topic with an ArchivePolicy')
    await topics.delete(transaction, key)
    await archivingTopics.delete(transaction, key)
    await dropCounts(transaction, topic.id)
    return topic
  })
  if (deleted === undefined) return {}
  deps.views.forgetAll()
  await deleteSubscriptions(deps, deleted)
  await dropArchive(deps.store, deleted.id)
  deps.subscriptions.forgetAll()
  return {}
}

/** Page by page. What a crash leaves belongs to no topic: it gets no messages, and gives way to a new subscription. */
async function deleteSubscriptions(deps: SnsDeps, topic: TopicRecord): Promise<void> {
  const prefix = topicKey(topic)
  for (let after: string | undefined; ;) {
    const page = await subscriptions.list(
      deps.store,
      { prefix, ...(after !== undefined && { after: [...prefix, after] }) },
      { limit: SWEEP_PAGE },
    )
    await transact(deps.store, async (transaction) => {
      for (const { key, value } of page) if (value.topicId === topic.id) await subscriptions.delete(transaction, key)
    })
    after = page.at(-1)?.value.id
    if (page.length < SWEEP_PAGE) return
  }
}
