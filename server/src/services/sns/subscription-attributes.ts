// The attributes of a subscription: what may be set, and what GetSubscriptionAttributes shows. Source: Subscribe and
// SetSubscriptionAttributes in the SNS API reference.
import { compilePattern, type PatternDialect } from '#events/pattern/pattern.ts'
import { readArn, subscriptionArn, topicArn, type TopicRef } from './arn.ts'
import { checkSubscriptionPolicy, effectivePolicy, effectiveSubscriptionPolicy } from './delivery-policy.ts'
import { invalidParameter } from './errors.ts'
import { parseJsonObject } from './json-text.ts'
import { checkReplayPolicy } from './replay-policy.ts'
import { isConfirmed, type Protocol, type SubscriptionRecord } from './subscription.ts'
import { isFifo, type TopicRecord } from './topic.ts'

export interface SubscriptionPlace {
  readonly topic: TopicRecord
  readonly protocol: Protocol
  readonly endpoint: string
}

type Attributes = Readonly<Record<string, string>>
type Check = (value: string, place: SubscriptionPlace, attributes: Attributes) => string | undefined

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['DeliveryPolicy', checkDeliveryPolicy],
  ['FilterPolicy', checkFilterPolicy],
  ['FilterPolicyScope', checkScope],
  ['RawMessageDelivery', checkRaw],
  ['RedrivePolicy', checkRedrive],
  ['ReplayPolicy', (value, { topic }) => checkReplayPolicy(value, topic)],
  ['SubscriptionRoleArn', checkRole],
])

function checkDeliveryPolicy(value: string, { protocol }: SubscriptionPlace): string | undefined {
  if (value === '') return undefined
  if (protocol !== 'http' && protocol !== 'https')
    return `DeliveryPolicy: delivery policies can only be set on HTTP/S subscriptions`
  const checked = checkSubscriptionPolicy(value)
  return checked.kind === 'invalid' ? `DeliveryPolicy: ${checked.reason}` : undefined
}

/** An empty policy takes the filter away. */
function checkFilterPolicy(value: string, _place: SubscriptionPlace, attributes: Attributes): string | undefined {
  if (!hasFilter(value)) return undefined
  const compiled = compilePattern(value, dialectOf(attributes))
  return compiled.kind === 'invalid' ? `FilterPolicy: ${compiled.reason}` : undefined
}

function checkScope(value: string, _place: SubscriptionPlace, attributes: Attributes): string | undefined {
  if (value !== 'MessageAttributes' && value !== 'MessageBody')
    return `FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`
  const policy = attributes['FilterPolicy'] ?? ''
  const compiled = hasFilter(policy) ? compilePattern(policy, dialectOf(attributes)) : undefined
  return compiled?.kind === 'invalid' ? `FilterPolicy: ${compiled.reason}` : undefined
}

function checkRaw(value: string, { protocol }: SubscriptionPlace): string | undefined {
  const lower = value.toLowerCase()
  if (lower !== 'true' && lower !== 'false')
    return `RawMessageDelivery: Invalid value [${value}]. Must be true or false.`
  if (lower === 'true' && !['sqs', 'http', 'https', 'firehose'].includes(protocol))
    return `Delivery protocol [${protocol}] does not support raw message delivery.`
  return undefined
}

function checkRedrive(value: string, { topic, endpoint }: SubscriptionPlace): string | undefined {
  if (value === '' || value === '{}') return undefined
  const arn = parseJsonObject(value)?.['deadLetterTargetArn']
  if (parseJsonObject(value) === undefined) return 'RedrivePolicy: failed to parse JSON.'
  const queue = typeof arn === 'string' ? readArn(arn) : undefined
  if (queue?.service !== 'sqs') return 'RedrivePolicy: deadLetterTargetArn is an invalid arn'
  if (isFifo(topic) && endpoint.endsWith('.fifo') && !queue.resource.endsWith('.fifo'))
    return 'RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.'
  return undefined
}

function checkRole(value: string, { protocol }: SubscriptionPlace): string | undefined {
  if (protocol !== 'firehose') return 'SubscriptionRoleArn can only be set on firehose subscriptions'
  return /^arn:[a-z0-9-]+:iam::\d{12}:role\/.+$/.test(value) ? undefined : 'SubscriptionRoleArn: Invalid role ARN'
}

/** Whether a FilterPolicy says anything. */
export function hasFilter(policy: string | undefined): policy is string {
  return policy !== undefined && policy !== '' && policy.replaceAll(/\s/g, '') !== '{}'
}

export function dialectOf(attributes: Attributes): PatternDialect {
  return attributes['FilterPolicyScope'] === 'MessageBody' ? 'sns-body' : 'sns-attributes'
}

/** The attributes with which Subscribe makes a subscription. Throws InvalidParameter. */
export function newSubscriptionAttributes(given: Attributes, place: SubscriptionPlace): Record<string, string> {
  for (const [name, value] of Object.entries(given)) check(name, value, place, given, 'Attributes Reason: ')
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, normal(name, value)]))
}

/** The attributes after one was set; an empty value takes it away. Throws InvalidParameter. */
export function withAttribute(
  attributes: Attributes,
  name: string,
  value: string,
  place: SubscriptionPlace,
): Record<string, string> {
  const next = { ...attributes, [name]: value }
  check(name, value, place, next, '')
  if (value === '') return Object.fromEntries(Object.entries(attributes).filter(([one]) => one !== name))
  return { ...next, [name]: normal(name, value) }
}

function check(name: string, value: string, place: SubscriptionPlace, attributes: Attributes, begin: string): void {
  const test = CHECKS.get(name)
  if (test === undefined) throw invalidParameter(`${begin}AttributeName`)
  const reason = test(value, place, attributes)
  if (reason !== undefined) throw invalidParameter(`${begin}${reason}`)
}

function normal(name: string, value: string): string {
  return name === 'RawMessageDelivery' ? value.toLowerCase() : value
}

/** Where deliveries that failed for good go; undefined where nowhere was set. */
export function deadLetterArn({ attributes }: Pick<SubscriptionRecord, 'attributes'>): string | undefined {
  const arn = parseJsonObject(attributes['RedrivePolicy'] ?? '')?.['deadLetterTargetArn']
  return typeof arn === 'string' ? arn : undefined
}

/** What GetSubscriptionAttributes answers. */
export function shownSubscription(record: SubscriptionRecord, topic: TopicRecord | undefined): Record<string, string> {
  const { attributes, confirmation } = record
  const http = record.protocol === 'http' || record.protocol === 'https'
  const policy = effectivePolicy(topic?.attributes['DeliveryPolicy'], attributes['DeliveryPolicy'])
  return {
    ...attributes,
    ...(hasFilter(attributes['FilterPolicy']) && {
      FilterPolicyScope: attributes['FilterPolicyScope'] ?? 'MessageAttributes',
    }),
    SubscriptionArn: subscriptionArn(record),
    TopicArn: topicArn(record),
    Owner: record.owner,
    Protocol: record.protocol,
    Endpoint: record.endpoint,
    SubscriptionPrincipal: record.principal,
    RawMessageDelivery: attributes['RawMessageDelivery'] ?? 'false',
    PendingConfirmation: String(!isConfirmed(record)),
    ConfirmationWasAuthenticated: String(confirmation.kind === 'confirmed' && confirmation.authenticated),
    ...(http && { EffectiveDeliveryPolicy: effectiveSubscriptionPolicy(policy) }),
    ...(record.replayStatus !== undefined && { ReplayStatus: record.replayStatus }),
  }
}

/** Whether a topic of this kind takes subscribers of this protocol; else the reason. */
export function protocolRefusal(topic: TopicRef, protocol: Protocol, endpoint: string): string | undefined {
  if (protocol === 'sqs' && endpoint.endsWith('.fifo') && !isFifo(topic))
    return 'Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics'
  if (isFifo(topic) && protocol !== 'sqs') return `Invalid protocol type: ${protocol}`
  return undefined
}
