// The attributes of a topic: what may be set, and what GetTopicAttributes shows. Source: CreateTopic, SetTopicAttributes
// and GetTopicAttributes in the SNS API reference.
import { compilePolicy } from '#identity/policy/compile.ts'
import { topicArn } from './arn.ts'
import { checkTopicPolicy, effectiveTopicPolicy } from './delivery-policy.ts'
import { invalidParameter } from './errors.ts'
import { parseJsonObject } from './json-text.ts'
import { ARCHIVE_DAYS_MAX, DISPLAY_NAME_CHARS_MAX, POLICY_BYTES_MAX } from './limits.ts'
import { isFifo, type SubscriptionCounts, type TopicRecord } from './topic.ts'
import { defaultPolicy } from './topic-policy.ts'

/** Undefined when the value is fine, else why it is not. `fifo`: of the topic. */
type Check = (value: string, fifo: boolean) => string | undefined

const FEEDBACK_PROTOCOLS = ['HTTP', 'Firehose', 'Lambda', 'Application', 'SQS']

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  [
    'DisplayName',
    (value) =>
      value.length > DISPLAY_NAME_CHARS_MAX
        ? `DisplayName must be at most ${DISPLAY_NAME_CHARS_MAX} characters long`
        : undefined,
  ],
  ['Policy', checkPolicy],
  ['DeliveryPolicy', checkDeliveryPolicy],
  ['KmsMasterKeyId', () => undefined],
  ['SignatureVersion', oneOf('SignatureVersion', ['1', '2'])],
  ['TracingConfig', oneOf('TracingConfig', ['PassThrough', 'Active'])],
  [
    'ContentBasedDeduplication',
    fifoOnly('Content-based deduplication', oneOf('ContentBasedDeduplication', ['true', 'false'])),
  ],
  ['FifoThroughputScope', fifoOnly('FifoThroughputScope', oneOf('FifoThroughputScope', ['Topic', 'MessageGroup']))],
  ['ArchivePolicy', fifoOnly('ArchivePolicy', checkArchivePolicy)],
  ...FEEDBACK_PROTOCOLS.flatMap((protocol): (readonly [string, Check])[] => [
    [`${protocol}SuccessFeedbackRoleArn`, checkRole],
    [`${protocol}SuccessFeedbackSampleRate`, checkSampleRate],
    [`${protocol}FailureFeedbackRoleArn`, checkRole],
  ]),
])

function oneOf(name: string, allowed: readonly string[]): Check {
  return (value) =>
    allowed.includes(value) ? undefined : `${name} Reason: ${name} must be one of ${allowed.join(', ')}`
}

function fifoOnly(what: string, check: Check): Check {
  return (value, fifo) => (fifo ? check(value, fifo) : `${what} can only be set for FIFO topics`)
}

function checkPolicy(value: string): string | undefined {
  if (Buffer.byteLength(value) > POLICY_BYTES_MAX)
    return `Policy Reason: the policy is larger than ${POLICY_BYTES_MAX} bytes`
  const compiled = compilePolicy(value, 'resource')
  if (compiled.kind === 'compiled') return undefined
  const [fault] = compiled.faults
  return `Policy Error: ${fault?.message ?? 'PrincipalNotFound'}`
}

function checkDeliveryPolicy(value: string): string | undefined {
  const checked = value === '' ? undefined : checkTopicPolicy(value)
  return checked?.kind === 'invalid' ? `DeliveryPolicy: ${checked.reason}` : undefined
}

function checkRole(value: string): string | undefined {
  return value === '' || /^arn:[a-z0-9-]+:iam::\d{12}:role\/.+$/.test(value) ? undefined : 'Invalid role ARN'
}

function checkSampleRate(value: string): string | undefined {
  return /^(?:100|\d{1,2})$/.test(value) ? undefined : 'SuccessFeedbackSampleRate must be an integer from 0 to 100'
}

function checkArchivePolicy(value: string): string | undefined {
  return value === '' || value === '{}' || archiveDaysIn(value) !== undefined
    ? undefined
    : `ArchivePolicy Reason: MessageRetentionPeriod must be a number of days from 1 to ${ARCHIVE_DAYS_MAX}`
}

function archiveDaysIn(value: string): number | undefined {
  const days = Number(parseJsonObject(value)?.['MessageRetentionPeriod'])
  return Number.isInteger(days) && days >= 1 && days <= ARCHIVE_DAYS_MAX ? days : undefined
}

/** How many days the topic keeps its messages; undefined when it does not. */
export function archiveDaysOf({ attributes }: Pick<TopicRecord, 'attributes'>): number | undefined {
  return archiveDaysIn(attributes['ArchivePolicy'] ?? '')
}

/** The attributes with which CreateTopic makes a topic. Throws InvalidParameter. */
export function newAttributes(given: Readonly<Record<string, string>>, fifo: boolean): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    // A standard topic may say so.
    if (name === 'FifoTopic') continue
    checkAttribute(name, value, fifo, 'Attributes Reason: ')
    attributes[name] = value
  }
  return attributes
}

/** Throws InvalidParameter. `begin`: how the message begins where the attribute is one of several. */
export function checkAttribute(name: string, value: string, fifo: boolean, begin = ''): void {
  const check = CHECKS.get(name)
  if (check === undefined) throw invalidParameter(`${begin}AttributeName`)
  const reason = check(value, fifo)
  if (reason !== undefined) throw invalidParameter(`${begin}${reason}`)
}

/** What GetTopicAttributes answers. `oldestMs`: of the archive. */
export function shownAttributes(
  topic: TopicRecord,
  counts: SubscriptionCounts,
  oldestMs: number | undefined,
): Record<string, string> {
  const { attributes } = topic
  const shown: Record<string, string> = {
    ...attributes,
    TopicArn: topicArn(topic),
    Owner: topic.account,
    DisplayName: attributes['DisplayName'] ?? '',
    Policy: attributes['Policy'] ?? defaultPolicy(topic),
    EffectiveDeliveryPolicy: effectiveTopicPolicy(attributes['DeliveryPolicy']),
    SubscriptionsConfirmed: String(counts.confirmed),
    SubscriptionsPending: String(counts.pending),
    SubscriptionsDeleted: String(counts.deleted),
    ...(isFifo(topic) && {
      FifoTopic: 'true',
      ContentBasedDeduplication: attributes['ContentBasedDeduplication'] ?? 'false',
      FifoThroughputScope: attributes['FifoThroughputScope'] ?? 'Topic',
    }),
    ...(oldestMs !== undefined && { BeginningArchiveTime: new Date(oldestMs).toISOString() }),
  }
  return Object.fromEntries(Object.entries(shown).filter(([name, value]) => value !== '' || name === 'DisplayName'))
}
