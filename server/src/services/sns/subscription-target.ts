// Brings a message to one subscription: to a queue, a function, an HTTP endpoint, or what stands for people's mailboxes
// and phones. Keeps to the subscription's retry policy, writes the delivery log, and at the end hands what could not be
// delivered to the subscription's dead-letter queue, in the commit that gives the message up.
import type { Destination, Envelope, MessageDetails } from '#events/envelope.ts'
import type { OutboxRecord } from '#events/outbox.ts'
import type { DeliveryOutcome, RetryPolicy, Target } from '#events/target.ts'
import { newRequestId, type Random } from '#base/ids.ts'
import { KeyFault } from '#identity/key-vault.ts'
import { subscriptionArn, topicArn } from './arn.ts'
import { effectivePolicy, type HttpDeliveryPolicy, retryPolicyOf } from './delivery-policy.ts'
import type { SnsDeps } from './deps.ts'
import { jsonDocument, lambdaEvent, mail, type Receiver } from './documents.ts'
import { SUBSCRIPTION_TARGET } from './fan-out.ts'
import { callEndpoint } from './http-endpoint.ts'
import { RAW_ATTRIBUTES_MAX } from './limits.ts'
import { type Message, textFor } from './message.ts'
import { keepSent, type SentMessage } from './sent-messages.ts'
import { isOptedOut } from './sms.ts'
import { StatusLog } from './status-log.ts'
import { isRaw, type SubscriptionRecord } from './subscription.ts'
import { deadLetterArn } from './subscription-attributes.ts'
import type { KnownSubscription } from './subscription-cache.ts'
import { Throttle } from './throttle.ts'

/** What came of one attempt. */
export type Attempt =
  | {
      readonly kind: 'delivered'
      readonly response: string
      readonly status: number
      readonly follows?: readonly OutboxRecord[]
    }
  /** The endpoint's fault: worth another attempt. */
  | { readonly kind: 'failed'; readonly response: string; readonly status: number }
  /** No attempt will help: what was asked for is wrong, or the endpoint is gone. */
  | { readonly kind: 'rejected'; readonly response: string; readonly status: number }
  /** Not tried: its turn has not come. */
  | { readonly kind: 'throttled'; readonly response: string }

/** What an UnsubscribeConfirmation brings along: its subscription is gone by then. */
export interface RemovedSubscription {
  readonly removed: SubscriptionRecord
}

export function createSubscriptionTarget(deps: SnsDeps, random: Random): Target {
  return new SubscriptionTarget(deps, random)
}

class SubscriptionTarget implements Target {
  readonly name = SUBSCRIPTION_TARGET
  readonly #deps: SnsDeps
  readonly #random: Random
  readonly #statusLog: StatusLog
  readonly #throttle = new Throttle()

  constructor(deps: SnsDeps, random: Random) {
    this.#deps = deps
    this.#random = random
    this.#statusLog = new StatusLog(deps.logs)
  }

  async refusal(): Promise<string | undefined> {
    return 'a subscription gets messages of its topic only'
  }

  async retryPolicy({ arn }: Destination): Promise<RetryPolicy> {
    const known = await this.#deps.subscriptions.get(arn)
    // A subscription that is gone gets nothing, whatever the policy; so does the endpoint of one that was removed.
    if (known === undefined) return retryPolicyOf('http', () => effectivePolicy(undefined, undefined))
    return retryPolicyOf(known.record.protocol, () => httpPolicyOf(known))
  }

  async deliver(
    envelope: Envelope,
    destination: Destination,
    payload: Uint8Array,
    attempt: number,
  ): Promise<DeliveryOutcome> {
    const known = await this.#known(envelope, destination)
    if (known === undefined) return { kind: 'delivered' }
    const message = await this.#open(envelope, payload)
    // The owner may enable the key again.
    if (message === undefined)
      return { kind: 'failed', reason: 'the KMS key of the topic cannot be used', countsAsAttempt: true }
    const beganMs = this.#deps.clock.monotonicMs()
    const outcome = await this.#attempt(known, message, envelope)
    if (outcome.kind === 'throttled') return { kind: 'failed', reason: outcome.response, countsAsAttempt: false }
    this.#report(known, message, outcome, attempt, this.#deps.clock.monotonicMs() - beganMs)
    if (outcome.kind === 'delivered') return { kind: 'delivered', follows: outcome.follows ?? [] }
    const { delaysMs } = await this.retryPolicy(destination)
    if (outcome.kind === 'failed' && attempt <= delaysMs.length)
      return { kind: 'failed', reason: outcome.response, countsAsAttempt: true }
    return await this.#giveUp(known, message, envelope, outcome.response)
  }

  async #open({ subject: topic }: Envelope, payload: Uint8Array): Promise<Message | undefined> {
    try {
      return await this.#deps.seal.open(payload, topic)
    } catch (error) {
      if (error instanceof KeyFault) return undefined
      throw error
    }
  }

  async #known(envelope: Envelope, { arn }: Destination): Promise<KnownSubscription | undefined> {
    if (envelope.type !== 'UnsubscribeConfirmation') return await this.#deps.subscriptions.get(arn)
    // Unsubscribe made the envelope: its data is what that type carries.
    const { removed } = envelope.data as RemovedSubscription
    return { record: removed, topic: undefined }
  }

  async #attempt(known: KnownSubscription, message: Message, envelope: Envelope): Promise<Attempt> {
    const { record } = known
    switch (record.protocol) {
      case 'sqs':
        return await this.#toQueue(known, message, envelope)
      case 'lambda':
        return await this.#toFunction(known, message, envelope)
      case 'firehose':
        return await this.#toStream(known, message, envelope)
      case 'http':
      case 'https': {
        const policy = httpPolicyOf(known)
        if (!(await this.#waitForTurn(record, policy.maxReceivesPerSecond)))
          return { kind: 'throttled', response: `more than ${policy.maxReceivesPerSecond} deliveries in a second` }
        return await callEndpoint(this.#deps, record, message, receiverOf(known), policy)
      }
      default:
        return await this.#toPeople(known, message)
    }
  }

  /** False when it is too far away. */
  async #waitForTurn(subscription: SubscriptionRecord, perSecond: number | undefined): Promise<boolean> {
    if (perSecond === undefined) return true
    const { clock } = this.#deps
    const waitMs = this.#throttle.take(subscriptionArn(subscription), perSecond, clock.monotonicMs())
    if (waitMs !== undefined && waitMs > 0) await clock.sleep(waitMs)
    return waitMs !== undefined
  }

  async #toQueue(known: KnownSubscription, message: Message, envelope: Envelope): Promise<Attempt> {
    const { record } = known
    const raw = isRaw(record) && message.type === 'Notification'
    if (raw && Object.keys(message.attributes ?? {}).length > RAW_ATTRIBUTES_MAX)
      return { kind: 'rejected', response: `more than ${RAW_ATTRIBUTES_MAX} attributes in a raw message`, status: 400 }
    const target = this.#deps.targetFor(record.endpoint)
    if (target === undefined)
      return { kind: 'rejected', response: `nothing takes messages for ${record.endpoint}`, status: 400 }
    const refusal = await this.#refusal(target, record)
    if (refusal !== undefined) return { kind: 'rejected', response: refusal, status: 403 }
    const text = raw ? textFor(message, 'sqs') : await jsonDocument(this.#deps, message, receiverOf(known))
    const details = queueDetails(record.endpoint, message, raw)
    const destination: Destination = { target: target.name, arn: record.endpoint, message: details }
    const outcome = await target.deliver(envelope, destination, Buffer.from(text), 1)
    return fromTarget(outcome)
  }

  /** SNS invokes functions asynchronously: Lambda's own retries follow, which is why this is an event of its own. */
  async #toFunction(known: KnownSubscription, message: Message, envelope: Envelope): Promise<Attempt> {
    const { endpoint } = known.record
    const target = this.#deps.targetFor(endpoint)
    const refusal = target === undefined ? `nothing runs ${endpoint}` : await this.#refusal(target, known.record)
    if (refusal !== undefined || target === undefined) return { kind: 'rejected', response: refusal ?? '', status: 404 }
    const payload = Buffer.from(await lambdaEvent(this.#deps, message, receiverOf(known)))
    const id = newRequestId()
    const follow = {
      envelope: { ...envelope, id, payload, data: {} },
      destination: { target: target.name, arn: endpoint },
    }
    return { kind: 'delivered', response: JSON.stringify({ lambdaRequestId: id }), status: 202, follows: [follow] }
  }

  async #toStream(known: KnownSubscription, message: Message, envelope: Envelope): Promise<Attempt> {
    const { record } = known
    const target = this.#deps.targetFor(record.endpoint)
    if (target === undefined)
      return { kind: 'rejected', response: `nothing takes records for ${record.endpoint}`, status: 400 }
    const text = isRaw(record)
      ? textFor(message, 'firehose')
      : await jsonDocument(this.#deps, message, receiverOf(known))
    const destination = { target: target.name, arn: record.endpoint }
    return fromTarget(await target.deliver(envelope, destination, Buffer.from(text), 1))
  }

  #refusal(target: Target, { endpoint, account, region, name }: SubscriptionRecord): Promise<string | undefined> {
    const sourceArn = topicArn({ account, region, name })
    return target.refusal(endpoint, { principal: 'sns.amazonaws.com', sourceArn, account })
  }

  async #toPeople({ record, topic }: KnownSubscription, message: Message): Promise<Attempt> {
    const { store } = this.#deps
    const { protocol, endpoint } = record
    if (protocol === 'sms' && (await isOptedOut(store, record.account, endpoint)))
      return { kind: 'rejected', response: 'Phone number is opted out', status: 400 }
    const sent = await this.#letter({ record, topic }, message)
    await keepSent(store, {
      ...sent,
      to: endpoint,
      messageId: message.id,
      account: record.account,
      region: record.region,
      timeMs: message.timeMs,
      topicArn: message.topicArn,
      subscriptionArn: subscriptionArn(record),
      ...(message.attributes && { attributes: message.attributes }),
    })
    return { kind: 'delivered', response: 'kept in the outbox', status: 200 }
  }

  async #letter(
    known: KnownSubscription,
    message: Message,
  ): Promise<Pick<SentMessage, 'channel' | 'text' | 'subject'>> {
    const { protocol, endpoint } = known.record
    const receiver = receiverOf(known)
    if (protocol === 'email') return { channel: 'email', ...mail(this.#deps, message, receiver) }
    if (protocol === 'email-json')
      return {
        channel: 'email-json',
        subject: 'AWS Notification',
        text: await jsonDocument(this.#deps, message, receiver),
      }
    if (protocol === 'sms') return { channel: 'sms', text: textFor(message, 'sms') }
    return { channel: 'application', text: textFor(message, platformOf(endpoint)) }
  }

  #report(known: KnownSubscription, message: Message, outcome: Attempt, attempts: number, dwellTimeMs: number): void {
    if (known.topic === undefined || outcome.kind === 'throttled') return
    const report = {
      success: outcome.kind === 'delivered',
      deliveryId: newRequestId(),
      providerResponse: outcome.response,
      statusCode: outcome.status,
      dwellTimeMs: Math.round(dwellTimeMs),
      attempts,
    }
    this.#statusLog.write(known.topic, known.record, message, report, this.#deps.clock.nowMs(), this.#random() * 100)
  }

  async #giveUp(
    known: KnownSubscription,
    message: Message,
    envelope: Envelope,
    reason: string,
  ): Promise<DeliveryOutcome> {
    const arn = deadLetterArn(known.record)
    const target = arn === undefined ? undefined : this.#deps.targetFor(arn)
    // Nothing waits for a confirmation that could not be delivered.
    if (arn === undefined || target === undefined || message.type !== 'Notification')
      return { kind: 'rejected', reason }
    const raw = isRaw(known.record)
    const text = raw
      ? textFor(message, known.record.protocol)
      : await jsonDocument(this.#deps, message, receiverOf(known))
    const destination = { target: target.name, arn, message: queueDetails(arn, message, raw) }
    return {
      kind: 'rejected',
      reason,
      follows: [{ envelope: { ...envelope, payload: Buffer.from(text), data: { reason } }, destination }],
    }
  }
}

function httpPolicyOf({ record, topic }: KnownSubscription): HttpDeliveryPolicy {
  return effectivePolicy(topic?.attributes['DeliveryPolicy'], record.attributes['DeliveryPolicy'])
}

function receiverOf({ record, topic }: KnownSubscription): Receiver {
  return {
    subscriptionArn: subscriptionArn(record),
    protocol: record.protocol,
    signatureVersion: topic?.attributes['SignatureVersion'] === '2' ? '2' : '1',
  }
}

/** Queues take groups as they are; ids of duplicates only where the queue is a FIFO one. */
function queueDetails(queueArn: string, message: Message, raw: boolean): MessageDetails {
  const { groupId, deduplicationId, attributes } = message
  const fifo = queueArn.endsWith('.fifo')
  return {
    ...(groupId !== undefined && { groupId }),
    ...(fifo && { deduplicationId: deduplicationId ?? message.id }),
    ...(raw && attributes !== undefined && { attributes }),
  }
}

/** `APNS` of `arn:aws:sns:…:endpoint/APNS/app/id`. */
export function platformOf(endpointArn: string): string {
  return endpointArn.split('/')[1] ?? ''
}

function fromTarget(outcome: DeliveryOutcome): Attempt {
  switch (outcome.kind) {
    case 'delivered':
      return { kind: 'delivered', response: '{}', status: 200, follows: outcome.follows ?? [] }
    case 'failed':
      return outcome.countsAsAttempt
        ? { kind: 'failed', response: outcome.reason, status: 500 }
        : { kind: 'throttled', response: outcome.reason }
    case 'rejected':
      return { kind: 'rejected', response: outcome.reason, status: 400 }
  }
}
