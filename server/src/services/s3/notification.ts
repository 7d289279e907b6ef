// Notification configurations: what a bucket tells to whom. Only Lambda functions can be told so far; queues, topics and
// EventBridge are refused. Source: API page of PutBucketNotificationConfiguration; S3 user guide, "Configuring event
// notifications using object key name filtering"; messages as the service words them.
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

export interface LambdaNotification {
  readonly id: string
  readonly arn: string
  readonly events: readonly string[]
  readonly rules: readonly FilterRule[]
}

/** Asked before a configuration is accepted; the Lambda service answers through the composition root. */
export interface NotificationDestinations {
  /** Why S3 may not call this function for this bucket; undefined when it may. */
  refusal(arn: string, source: { readonly bucketArn: string; readonly account: string }): Promise<string | undefined>
}

/** The configuration as decoded from the request. */
export interface NotificationInput {
  readonly TopicConfigurations?: readonly unknown[] | undefined
  readonly QueueConfigurations?: readonly unknown[] | undefined
  readonly EventBridgeConfiguration?: unknown
  readonly LambdaFunctionConfigurations?:
    | readonly {
        readonly Id?: string | undefined
        readonly LambdaFunctionArn: string
        readonly Events: readonly string[]
        readonly Filter?:
          | { readonly Key?: { readonly FilterRules?: readonly FilterRuleInput[] | undefined } | undefined }
          | undefined
      }[]
    | undefined
}

interface FilterRuleInput {
  readonly Name?: string | undefined
  readonly Value?: string | undefined
}

const LAMBDA_ARN =
  /^arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:[A-Za-z0-9_-]{1,64}(:(\$LATEST|[A-Za-z0-9_-]+))?$/

/** Validates a configuration for a bucket in `region`. Throws InvalidArgument, MalformedXML, NotImplemented. */
export function parseNotifications(input: NotificationInput, region: string): readonly LambdaNotification[] {
  refuseOtherDestinations(input)
  const notifications = (input.LambdaFunctionConfigurations ?? []).map((configuration) => ({
    id: configuration.Id ?? newRequestId(),
    arn: configuration.LambdaFunctionArn,
    events: [...new Set(configuration.Events)],
    rules: (configuration.Filter?.Key?.FilterRules ?? []).map(parseRule),
  }))
  if (notifications.length > NOTIFICATIONS_MAX)
    throw s3Error('InvalidArgument', {
      message: `Number of notification configurations exceeds the limit of ${NOTIFICATIONS_MAX}`,
    })
  for (const notification of notifications) checkNotification(notification, region)
  if (new Set(notifications.map((notification) => notification.id)).size < notifications.length)
    throw s3Error('InvalidArgument', { message: 'Same ID used for multiple configurations. IDs must be unique' })
  checkOverlaps(notifications)
  return notifications
}

function refuseOtherDestinations(input: NotificationInput): void {
  const refused =
    (input.QueueConfigurations?.length ?? 0) > 0
      ? 'QueueConfiguration'
      : (input.TopicConfigurations?.length ?? 0) > 0
        ? 'TopicConfiguration'
        : input.EventBridgeConfiguration !== undefined
          ? 'EventBridgeConfiguration'
          : undefined
  if (refused !== undefined)
    throw s3Error('NotImplemented', {
      message: `${refused} is not implemented yet: this Mayfly can notify Lambda functions only`,
    })
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

function checkNotification({ id, arn, events, rules }: LambdaNotification, region: string): void {
  if (id.length > NOTIFICATION_ID_MAX)
    throw invalidArgument('Id', id.slice(0, 64), `The ID must not be longer than ${NOTIFICATION_ID_MAX} characters`)
  const match = LAMBDA_ARN.exec(arn)
  if (!match) throw invalidArgument('CloudFunction', arn, 'The ARN is not well formed')
  if (match[1] !== region)
    throw invalidArgument(
      'CloudFunction',
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
function ruleValue({ rules }: LambdaNotification, kind: 'prefix' | 'suffix'): string {
  return rules.find((rule) => rule.name.toLowerCase() === kind)?.value ?? ''
}

/** No object may match two notifications for one event. */
function checkOverlaps(notifications: readonly LambdaNotification[]): void {
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

function overlap(first: LambdaNotification, second: LambdaNotification): AwsError {
  return s3Error('InvalidArgument', {
    message:
      first.rules.length === 0 || second.rules.length === 0
        ? 'Configurations overlap. Configurations on the same bucket cannot share a common event type.'
        : 'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
  })
}

/** The notifications that an event on a key sets off. `type` has no `s3:` in front: `ObjectCreated:Put`. */
export function matchNotifications(
  notifications: readonly LambdaNotification[],
  type: string,
  key: string,
): readonly LambdaNotification[] {
  if (notifications.length === 0) return notifications
  return notifications.filter(
    (notification) =>
      notification.events.some((event) => event === `s3:${type}` || wildcardCovers(event, `s3:${type}`)) &&
      key.startsWith(ruleValue(notification, 'prefix')) &&
      key.endsWith(ruleValue(notification, 'suffix')),
  )
}
