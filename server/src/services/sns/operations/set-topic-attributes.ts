// SetTopicAttributes: one attribute at a time; an empty value takes it away.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { archivingTopics } from '../archive.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput } from '../model.ts'
import { changeTopic, isFifo, requireTopic, topicKey } from '../topic.ts'
import { archiveDaysOf, checkAttribute } from '../topic-attributes.ts'

export async function setTopicAttributes(
  deps: SnsDeps,
  input: SnsInput<'SetTopicAttributes'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const name = input.AttributeName ?? ''
  const value = input.AttributeValue ?? ''
  await transact(deps.store, async (transaction) => {
    const topic = await requireTopic(transaction, input.TopicArn, context)
    checkAttribute(name, value, isFifo(topic))
    const attributes = { ...topic.attributes, [name]: value }
    await changeTopic(transaction, topic, { attributes })
    const { account, region, name: topicName } = topic
    if (archiveDaysOf({ attributes }) !== undefined)
      await archivingTopics.set(transaction, topicKey(topic), { account, region, name: topicName })
  })
  deps.views.forgetAll()
  deps.subscriptions.forgetAll()
  return {}
}
