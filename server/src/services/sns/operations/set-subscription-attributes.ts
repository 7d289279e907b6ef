// SetSubscriptionAttributes: one attribute at a time. A new ReplayPolicy starts its replay in the same commit.
import { newRequestId } from '#base/ids.ts'
import { outboxAppend } from '#events/outbox.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact } from '#storage/transact.ts'
import { parseSubscriptionArn } from '../arn.ts'
import type { SnsDeps } from '../deps.ts'
import { invalidParameter, notFound } from '../errors.ts'
import type { SnsInput } from '../model.ts'
import { startReplay } from '../replay.ts'
import { readReplayPolicy } from '../replay-policy.ts'
import { putSubscription, subscriptionKey, subscriptions } from '../subscription.ts'
import { withAttribute } from '../subscription-attributes.ts'
import { addToCounts, topicKey, topics } from '../topic.ts'

export async function setSubscriptionAttributes(
  deps: SnsDeps,
  input: SnsInput<'SetSubscriptionAttributes'>,
  { region }: RequestContext,
): Promise<Record<string, never>> {
  const ref = parseSubscriptionArn(input.SubscriptionArn)
  if (ref.region !== region) throw invalidParameter('SubscriptionArn')
  const name = input.AttributeName ?? ''
  const value = input.AttributeValue ?? ''
  await transact(deps.store, async (transaction) => {
    const record = (await subscriptions.get(transaction, subscriptionKey(ref)))?.value
    const topic = (await topics.get(transaction, topicKey(ref)))?.value
    if (record === undefined || topic === undefined) throw notFound('Subscription')
    const { protocol, endpoint } = record
    const attributes = withAttribute(record.attributes, name, value, { topic, protocol, endpoint })
    const replays = name === 'ReplayPolicy' && readReplayPolicy(value) !== undefined
    await putSubscription(transaction, { ...record, attributes, ...(replays && { replayStatus: 'In progress' }) })
    await addToCounts(transaction, topic.id, {})
    if (!replays) return
    const append = outboxAppend(startReplay(record, value, deps.clock.nowMs(), newRequestId()))
    transaction.append(append.log, append.value)
  })
  deps.views.forgetAll()
  deps.subscriptions.forgetAll()
  return {}
}
