// Notification configurations: what a bucket tells to whom: functions, queues, topics, and the event bus. Source: API page
// of PutBucketNotificationConfiguration; S3 user guide, "Configuring event notifications using object key name
// filtering" and "Enabling Amazon EventBridge"; messages as the service words them.
import { newRequestId } from '#base/ids.ts'
import type { AwsError } from '#protocol/errors.ts'
import { invalidArgument, s3Error } from './errors.ts'
import { EVENT_TYPES } from './event-types.ts'
import { FILTER_VALUE_BYTES_MAX, NOTIFICATION_ID_MAX, NOTIFICATIONS_MAX } from './limits.ts'

export interface FilterRule {
  /** As the client wrote it: `prefix`, `Suffix`, ... */
  readonly name: string
  readonly value: string
}

/** One receiver and what it is told. The service field of the ARN says what the receiver is. */
export interface Notification {
  readonly id: string
  readonly arn: string
  readonly events: readonly string[]
  readonly rules: readonly FilterRule[]
}

export type ReceiverKind = 'lambda' | 'sqs' | 'sns' | 'events'

/** Asked before a configuration is accepted; the receiver's service answers through the composition root. */
export interface NotificationDestinations {
  /** Why S3 may not send events of this bucket there; undefined when it may. */
  refusal(arn: string, source: { readonly bucketArn: string; readonly account: string }): Promise<string | undefined>
}

interface ConfigurationInput {
  readonly Id?: string | undefined
  readonly Events: readonly string[]
  readonly Filter?:
    | { readonly Key?: { readonly FilterRules?: readonly FilterRuleInput[] | undefined } | undefined }
    | undefined
}

/** The configuration as decoded from the request. */
export interface NotificationInput {
  readonly TopicConfigurations?: readonly (ConfigurationInput & { readonly TopicArn: string })[] | undefined
  readonly QueueConfigurations?: readonly (ConfigurationInput & { readonly QueueArn: string })[] | undefined
  readonly LambdaFunctionConfigurations?:
    | readonly (ConfigurationInput & { readonly LambdaFunctionArn: string })[]
    | undefined
  readonly EventBridgeConfiguration?: unknown
}

interface FilterRuleInput {
  readonly Name?: string | undefined
  readonly Value?: string | undefined
}

/** What an ARN of each kind looks like, and what errors call it. Groups: region, account. */
const ARN_FORMS: Readonly<Record<ReceiverKind, { readonly argument: string; readonly form: RegExp }>> = {
  lambda: {
    argument: 'CloudFunction',
    form: /^arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:[A-Za-z0-9_-]{1,64}(:(\$LATEST|[A-Za-z0-9_-]+))?$/,
  },
  sqs: { argument: 'Queue', form: /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):(\d{12}):[A-Za-z0-9_-]{1,80}(\.fifo)?$/ },
  sns: { argument: 'Topic', form: /^arn:aws[a-z-]*:sns:([a-z0-9-]+):(\d{12}):[A-Za-z0-9_-]{1,256}(\.fifo)?$/ },
  events: { argument: 'EventBridge', form: /^arn:aws[a-z-]*:events:([a-z0-9-]+):(\d{12}):event-bus\/default$/ },
}

/** What the receiver of a notification is. */
export function receiverKind({ arn }: Pick<Notification, 'arn'>): ReceiverKind {
  const service = arn.split(':')[2]
  if (service === 'sqs' || service === 'sns' || service === 'events') return service
  return 'lambda'
}

/** Where the bucket lies: what its default event bus is called. */
export interface NotificationPlace {
  readonly region: string
  readonly account: string
}

/** Validates a configuration. Throws InvalidArgument, MalformedXML. */
export function parseNotifications(input: NotificationInput, place: NotificationPlace): readonly Notification[] {
  const configured = [
    ...(input.TopicConfigurations ?? []).map((one) => notificationOf(one, one.TopicArn, 'sns')),
    ...(input.QueueConfigurations ?? []).map((one) => notificationOf(one, one.QueueArn, 'sqs')),
    ...(input.LambdaFunctionConfigurations ?? []).map((one) => notificationOf(one, one.LambdaFunctionArn, 'lambda')),
  ]
  if (configured.length > NOTIFICATIONS_MAX)
    throw s3Error('InvalidArgument', {
      message: `Number of notification configurations exceeds the limit of ${NOTIFICATIONS_MAX}`,
    })
  for (const notification of configured) checkNotification(notification, place.region)
  if (new Set(configured.map((notification) => notification.id)).size < configured.length)
    throw s3Error('InvalidArgument', { message: 'Same ID used for multiple configurations. IDs must be unique' })
  checkOverlaps(configured)
  return input.EventBridgeConfiguration === undefined ? configured : [...configured, busNotification(place)]
}

function notificationOf(configuration: ConfigurationInput, arn: string, kind: ReceiverKind): Notification {
  const { argument, form } = ARN_FORMS[kind]
  if (!form.test(arn)) throw invalidArgument(argument, arn, 'The ARN is not well formed')
  return {
    id: configuration.Id ?? newRequestId(),
    arn,
    events: [...new Set(configuration.Events)],
    rules: (configuration.Filter?.Key?.FilterRules ?? []).map(parseRule),
  }
}

/** The event bus hears of everything; its rules choose. */
function busNotification({ region, account }: NotificationPlace): Notification {
  const arn = `arn:aws:events:${region}:${account}:event-bus/default`
  return { id: 'EventBridge', arn, events: ['s3:*'], rules: [] }
}

function parseRule({ Name, Value }: FilterRuleInput): FilterRule {
  const kind = Name?.toLowerCase()
  if (Name === undefined || (kind !== 'prefix' && kind !== 'suffix'))
    throw invalidArgument('FilterRule.Name', Name, 'filter rule name must be either prefix or suffix')
  const value = Value ?? ''
  if (Buffer.byteLength(value) > FILTER_VALUE_BYTES_MAX)
    throw invalidArgument(
      'FilterRule.Value',
      value.slice(0, 64),
      'Size of filter rule value cannot exceed 1024 bytes in UTF-8',
    )
  return { name: Name, value }
}

function checkNotification({ id, arn, events, rules }: Notification, region: string): void {
  if (id.length > NOTIFICATION_ID_MAX)
    throw invalidArgument('Id', id.slice(0, 64), `The ID must not be longer than ${NOTIFICATION_ID_MAX} characters`)
  const { argument, form } = ARN_FORMS[receiverKind({ arn })]
  if (form.exec(arn)?.[1] !== region)
    throw invalidArgument(
      argument,
      arn,
      'The notification destination service region is not valid for the bucket location constraint',
    )
  if (events.length === 0) throw s3Error('MalformedXML')
  for (const event of events)
    if (!EVENT_TYPES.includes(event))
      throw invalidArgument('Event', event, 'The event is not supported for notifications')
  for (const kind of ['prefix', 'suffix'])
    if (rules.filter((rule) => rule.name.toLowerCase() === kind).length > 1)
      throw s3Error('InvalidArgument', { message: `Cannot specify more than one ${kind} rule in a filter.` })
}

/** The value of a notification's rule; empty when it has none. */
function ruleValue({ rules }: Notification, kind: 'prefix' | 'suffix'): string {
  return rules.find((rule) => rule.name.toLowerCase() === kind)?.value ?? ''
}

/** No object may match two notifications for one event. */
function checkOverlaps(notifications: readonly Notification[]): void {
  for (const [index, first] of notifications.entries())
    for (const second of notifications.slice(index + 1)) {
      if (!first.events.some((event) => second.events.some((other) => eventsOverlap(event, other)))) continue
      const prefixes = [ruleValue(first, 'prefix'), ruleValue(second, 'prefix')] as const
      const suffixes = [ruleValue(first, 'suffix'), ruleValue(second, 'suffix')] as const
      if (oneExtends(...prefixes, 'startsWith') && oneExtends(...suffixes, 'endsWith')) throw overlap(first, second)
    }
}

function oneExtends(left: string, right: string, by: 'startsWith' | 'endsWith'): boolean {
  return left[by](right) || right[by](left)
}

function eventsOverlap(left: string, right: string): boolean {
  return left === right || wildcardCovers(left, right) || wildcardCovers(right, left)
}

function wildcardCovers(pattern: string, event: string): boolean {
  return pattern.endsWith('*') && event.startsWith(pattern.slice(0, -1))
}

function overlap(first: Notification, second: Notification): AwsError {
  return s3Error('InvalidArgument', {
    message:
      first.rules.length === 0 || second.rules.length === 0
        ? 'Configurations overlap. Configurations on the same bucket cannot share a common event type.'
        : 'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
  })
}

/** The notifications that an event on a key sets off. `type` has no `s3:` in front: `ObjectCreated:Put`. */
export function matchNotifications(
  notifications: readonly Notification[],
  type: string,
  key: string,
): readonly Notification[] {
  if (notifications.length === 0) return notifications
  return notifications.filter(
    (notification) =>
      notification.events.some((event) => event === `s3:${type}` || wildcardCovers(event, `s3:${type}`)) &&
      key.startsWith(ruleValue(notification, 'prefix')) &&
      key.endsWith(ruleValue(notification, 'suffix')),
  )
}
