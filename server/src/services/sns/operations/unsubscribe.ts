// Unsubscribe: removes a subscription. An HTTP endpoint is told, with a token that brings the subscription back. Whoever
// has the link may use it, unless the subscription was confirmed with AuthenticateOnUnsubscribe.
import { newRequestId } from '#base/ids.ts'
import { outboxAppend } from '#events/outbox.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { transact, type Transaction } from '#storage/transact.ts'
import { parseSubscriptionArn, subscriptionArn, topicArn } from '../arn.ts'
import type { SnsDeps } from '../deps.ts'
import { authorizationError, invalidParameter } from '../errors.ts'
import { toSubscription } from '../fan-out.ts'
import { encodeMessage, type Message } from '../message.ts'
import type { SnsInput } from '../model.ts'
import { isConfirmed, subscriptionKey, type SubscriptionRecord, subscriptions } from '../subscription.ts'
import { newToken, putToken } from '../tokens.ts'
import { addToCounts } from '../topic.ts'

export async function unsubscribe(
  deps: SnsDeps,
  input: SnsInput<'Unsubscribe'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const ref = parseSubscriptionArn(input.SubscriptionArn)
  await transact(deps.store, async (transaction) => {
    const record = (await subscriptions.get(transaction, subscriptionKey(ref)))?.value
    if (record === undefined) return
    checkCaller(record, context)
    await subscriptions.delete(transaction, subscriptionKey(record))
    const confirmed = isConfirmed(record)
    await addToCounts(transaction, record.topicId, confirmed ? { confirmed: -1, deleted: 1 } : { pending: -1 })
    if (confirmed && (record.protocol === 'http' || record.protocol === 'https'))
      await tellEndpoint(deps, transaction, record)
  })
  deps.views.forgetAll()
  deps.subscriptions.forgetAll()
  return {}
}

function checkCaller(
  { confirmation, owner, account }: SubscriptionRecord,
  { principal, ...context }: RequestContext,
): void {
  if (confirmation.kind === 'pending') {
    if (principal.kind === 'anonymous') throw invalidParameter('SubscriptionArn Reason: the subscription is pending')
    return
  }
  const stranger = principal.kind === 'anonymous' || (context.account !== owner && context.account !== account)
  if (confirmation.authenticated && stranger)
    throw authorizationError('Only the owner of the subscription or of the topic may remove it')
}

async function tellEndpoint({ clock }: SnsDeps, transaction: Transaction, record: SubscriptionRecord): Promise<void> {
  const nowMs = clock.nowMs()
  const token = newToken()
  await putToken(transaction, token, { kind: 'restore', subscription: record }, nowMs)
  const message: Message = {
    id: newRequestId(),
    type: 'UnsubscribeConfirmation',
    topicArn: topicArn(record),
    timeMs: nowMs,
    text: `You have chosen to deactivate subscription ${subscriptionArn(record)}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`,
    token,
  }
  const event = toSubscription({ message, payload: encodeMessage(message) }, record, 0)
  const { log, value } = outboxAppend({ ...event, envelope: { ...event.envelope, data: { removed: record } } })
  transaction.append(log, value)
}
