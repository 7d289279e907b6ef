// The ARNs of SNS: topics, subscriptions, platform applications and their endpoints.
import type { RequestContext } from '#protocol/operation.ts'
import { invalidParameter } from './errors.ts'

export interface TopicRef {
  readonly account: string
  readonly region: string
  readonly name: string
}

export interface SubscriptionRef extends TopicRef {
  /** A UUID. */
  readonly id: string
}

export function topicArn({ account, region, name }: TopicRef): string {
  return `arn:aws:sns:${region}:${account}:${name}`
}

export function subscriptionArn(ref: SubscriptionRef): string {
  return `${topicArn(ref)}:${ref.id}`
}

/** Undefined for what is no ARN of a topic. */
export function readTopicArn(arn: string): TopicRef | undefined {
  const parts = arn.split(':')
  const [, , service, region, account, name] = parts
  if (parts.length !== 6 || service !== 'sns' || !region || !account || !name) return undefined
  return { account, region, name }
}

/** Undefined for what is no ARN of a subscription. */
export function readSubscriptionArn(arn: string): SubscriptionRef | undefined {
  const at = arn.lastIndexOf(':')
  const topic = at < 0 ? undefined : readTopicArn(arn.slice(0, at))
  const id = arn.slice(at + 1)
  return topic === undefined || id === '' ? undefined : { ...topic, id }
}

/**
 * The topic that a request names. Throws InvalidParameter: a topic is reached in its own region only. Who does not sign
 * does not say a region.
 */
export function requestedTopic(arn: string | undefined, context: RequestContext, member = 'TopicArn'): TopicRef {
  const ref = parseTopicArn(arn, member)
  if (ref.region !== context.region && context.principal.kind !== 'anonymous') throw invalidParameter(member)
  return ref
}

/** Throws InvalidParameter in AWS's words. */
export function parseTopicArn(arn: string | undefined, member = 'TopicArn'): TopicRef {
  checkArnForm(arn ?? '', member)
  const ref = readTopicArn(arn ?? '')
  if (ref === undefined) throw invalidParameter(member)
  return ref
}

export function parseSubscriptionArn(arn: string | undefined): SubscriptionRef {
  checkArnForm(arn ?? '', 'SubscriptionArn')
  const ref = readSubscriptionArn(arn ?? '')
  if (ref === undefined) throw invalidParameter('SubscriptionId')
  return ref
}

export function checkArnForm(arn: string, member: string): void {
  const elements = arn.split(':').length
  if (elements < 6) throw invalidParameter(`${member} Reason: An ARN must have at least 6 elements, not ${elements}`)
  if (!arn.startsWith('arn:')) throw invalidParameter(`${member} Reason: An ARN must start with 'arn:'`)
}

export interface ArnParts {
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** Any ARN; undefined for what is none. */
export function readArn(arn: string): ArnParts | undefined {
  const match = /^arn:[a-z0-9-]+:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(.+)$/s.exec(arn)
  if (match === null) return undefined
  const [, service = '', region = '', account = '', resource = ''] = match
  return { service, region, account, resource }
}
