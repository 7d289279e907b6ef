// RemovePermission: takes a statement out of the topic's policy by its label; one that is not there is no error.
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import type { SnsDeps } from '../deps.ts'
import type { SnsInput } from '../model.ts'
import { changeTopic, requireTopic } from '../topic.ts'
import { defaultPolicy, withoutStatement } from '../topic-policy.ts'

export async function removePermission(
  deps: SnsDeps,
  input: SnsInput<'RemovePermission'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await transact(deps.store, async (transaction) => {
    const topic = await requireTopic(transaction, input.TopicArn, context)
    const policy = withoutStatement(topic.attributes['Policy'] ?? defaultPolicy(topic), input.Label ?? '')
    await changeTopic(transaction, topic, { attributes: { ...topic.attributes, Policy: policy } })
  })
  deps.views.forgetAll()
  return {}
}
