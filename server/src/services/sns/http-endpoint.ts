// The call to an HTTP endpoint. Source: SNS developer guide, "HTTP/HTTPS headers" and "Prepare your endpoint".
import { subscriptionArn } from './arn.ts'
import type { HttpDeliveryPolicy } from './delivery-policy.ts'
import type { SnsDeps } from './deps.ts'
import { jsonDocument, type Receiver } from './documents.ts'
import { HTTP_ANSWER_BYTES_MAX, HTTP_TIMEOUT_MS } from './limits.ts'
import { type Message, textFor } from './message.ts'
import { isRaw, type SubscriptionRecord } from './subscription.ts'

/** What came of the call. */
export type HttpAttempt = {
  readonly kind: 'delivered' | 'failed' | 'rejected'
  readonly response: string
  readonly status: number
}

/** Calls the endpoint once. */
export async function callEndpoint(
  deps: SnsDeps,
  subscription: SubscriptionRecord,
  message: Message,
  receiver: Receiver,
  policy: HttpDeliveryPolicy,
): Promise<HttpAttempt> {
  const notification = message.type === 'Notification'
  const raw = isRaw(subscription) && notification
  const text = raw ? textFor(message, subscription.protocol) : await jsonDocument(deps, message, receiver)
  const outcome = await deps.http.send({
    url: subscription.endpoint,
    method: 'POST',
    headers: {
      'x-amz-sns-message-type': message.type,
      'x-amz-sns-message-id': message.id,
      'x-amz-sns-topic-arn': message.topicArn,
      ...(message.type !== 'SubscriptionConfirmation' && {
        'x-amz-sns-subscription-arn': subscriptionArn(subscription),
      }),
      ...(raw && { 'x-amz-sns-rawdelivery': 'true' }),
      'content-type': (notification ? policy.contentType : undefined) ?? 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'accept-encoding': 'gzip,deflate',
    },
    body: Buffer.from(text),
    timeoutMs: HTTP_TIMEOUT_MS,
    answerBytesMax: HTTP_ANSWER_BYTES_MAX,
  })
  if (outcome.kind === 'refused') return { kind: 'rejected', response: outcome.reason, status: 403 }
  if (outcome.kind === 'failed') return { kind: 'failed', response: outcome.reason, status: 0 }
  return { kind: verdict(outcome.status), response: outcome.body.toString('utf8'), status: outcome.status }
}

/**
 * Success is 2xx. What the endpoint says of itself (5xx, 429, 408) may pass; what it says of the request (other 4xx) and
 * redirects, which are not followed, will not.
 */
function verdict(status: number): HttpAttempt['kind'] {
  if (status >= 200 && status < 300) return 'delivered'
  return status >= 500 || status === 429 || status === 408 || status < 200 ? 'failed' : 'rejected'
}
