import type { RequestContext } from '#protocol/operation.ts'
import { callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { type Notification, type ReceiverKind, receiverKind } from '../notification.ts'

type Configuration = S3Output<'GetBucketNotificationConfiguration'>
type Common = Pick<NonNullable<Configuration['QueueConfigurations']>[number], 'Id' | 'Events' | 'Filter'>
type EventName = NonNullable<Common['Events']>[number]
type RuleName = 'prefix' | 'suffix'

/** GetBucketNotificationConfiguration: what was put, with the ids that were made for it. */
export async function getBucketNotificationConfiguration(
  deps: S3Deps,
  input: S3Input<'GetBucketNotificationConfiguration'>,
  context: RequestContext,
): Promise<Configuration> {
  const { notifications } = await readBucket(deps.store, input.Bucket, callerOf(context, input))
  const of = (kind: ReceiverKind): readonly Notification[] =>
    notifications.filter((notification) => receiverKind(notification) === kind)
  return {
    TopicConfigurations: of('sns').map((one) => Object.assign(commonOf(one), { TopicArn: one.arn })),
    QueueConfigurations: of('sqs').map((one) => Object.assign(commonOf(one), { QueueArn: one.arn })),
    LambdaFunctionConfigurations: of('lambda').map((one) =>
      Object.assign(commonOf(one), { LambdaFunctionArn: one.arn }),
    ),
    EventBridgeConfiguration: of('events').length > 0 ? {} : undefined,
  }
}

function commonOf({ id, events, rules }: Notification): Common {
  return {
    Id: id,
    // Checked against the list of event types when they were put.
    Events: events as EventName[],
    Filter:
      rules.length === 0
        ? undefined
        : // The case of the name comes back as it was written; the model only knows the lower one.
          { Key: { FilterRules: rules.map(({ name, value }) => ({ Name: name as RuleName, Value: value })) } },
  }
}
