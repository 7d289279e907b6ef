// ConfirmSubscription: whoever has the token confirms; signed or not. The token of a removed subscription brings it back.
import { newRequestId } from '#base/ids.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact, type Transaction } from '#storage/transact.ts'
import { parseTopicArn, subscriptionArn, topicArn } from '../arn.ts'
import type { SnsDeps } from '../deps.ts'
import { authorizationError, invalidParameter, notFound } from '../errors.ts'
import type { SnsInput, SnsOutput } from '../model.ts'
import {
  findByEndpoint,
  putSubscription,
  subscriptionKey,
  type SubscriptionRecord,
  subscriptions,
} from '../subscription.ts'
import { readToken } from '../tokens.ts'
import { addToCounts, topicKey, topics } from '../topic.ts'

export async function confirmSubscription(
  deps: SnsDeps,
  input: SnsInput<'ConfirmSubscription'>,
  context: RequestContext,
): Promise<SnsOutput<'ConfirmSubscription'>> {
  const topic = parseTopicArn(input.TopicArn)
  const authenticated = input.AuthenticateOnUnsubscribe?.toLowerCase() === 'true'
  if (authenticated && context.principal.kind === 'anonymous')
    throw authorizationError('AuthenticateOnUnsubscribe needs a signed request')
  const record = await transact(deps.store, async (transaction) => {
    const found = (await topics.get(transaction, topicKey(topic)))?.value
    if (found === undefined) throw notFound('Topic')
    const use = await readToken(transaction, input.Token ?? '', deps.clock.nowMs())
    if (use === undefined || topicArn(use.subscription) !== topicArn(topic) || use.subscription.topicId !== found.id)
      throw invalidParameter('Token')
    return use.kind === 'confirm'
      ? await confirm(transaction, use.subscription, authenticated)
      : await restore(transaction, use.subscription, authenticated)
  })
  deps.views.forgetAll()
  deps.subscriptions.forgetAll()
  return { SubscriptionArn: subscriptionArn(record) }
}

async function confirm(
  transaction: Transaction,
  pending: SubscriptionRecord,
  authenticated: boolean,
): Promise<SubscriptionRecord> {
  const found = (await subscriptions.get(transaction, subscriptionKey(pending)))?.value
  if (found === undefined) throw invalidParameter('Token')
  // Confirming twice changes nothing.
  if (found.confirmation.kind === 'confirmed') return found
  const record: SubscriptionRecord = { ...found, confirmation: { kind: 'confirmed', authenticated } }
  await putSubscription(transaction, record)
  await addToCounts(transaction, record.topicId, { pending: -1, confirmed: 1 })
  return record
}

async function restore(
  transaction: Transaction,
  removed: SubscriptionRecord,
  authenticated: boolean,
): Promise<SubscriptionRecord> {
  const before = await findByEndpoint(transaction, removed, removed.protocol, removed.endpoint)
  if (before !== undefined) return before
  const record: SubscriptionRecord = {
    ...removed,
    id: newRequestId(),
    confirmation: { kind: 'confirmed', authenticated },
  }
  await putSubscription(transaction, record)
  await addToCounts(transaction, record.topicId, { confirmed: 1 })
  return record
}
