import type { RequestContext } from '#protocol/operation.ts'
import { parseSubscriptionArn } from '../arn.ts'
import type { SnsDeps } from '../deps.ts'
import { invalidParameter, notFound } from '../errors.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import { subscriptionKey, subscriptions } from '../subscription.ts'
import { shownSubscription } from '../subscription-attributes.ts'
import { topicKey, topics } from '../topic.ts'

/** GetSubscriptionAttributes. Throws NotFound. */
export async function getSubscriptionAttributes(
  { store }: SnsDeps,
  input: SnsInput<'GetSubscriptionAttributes'>,
  { region }: RequestContext,
): Promise<SnsOutput<'GetSubscriptionAttributes'>> {
  const ref = parseSubscriptionArn(input.SubscriptionArn)
  if (ref.region !== region) throw invalidParameter('SubscriptionArn')
  const found = await subscriptions.get(store, subscriptionKey(ref))
  if (found === undefined) throw notFound('Subscription')
  const topic = await topics.get(store, topicKey(ref))
  return { Attributes: shownSubscription(found.value, topic?.value) }
}
