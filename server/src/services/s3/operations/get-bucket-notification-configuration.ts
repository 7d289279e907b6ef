import type { RequestContext } from '#protocol/operation.ts'
import { callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import type { LambdaNotification } from '../notification.ts'

type Configuration = S3Output<'GetBucketNotificationConfiguration'>
type LambdaConfiguration = NonNullable<Configuration['LambdaFunctionConfigurations']>[number]
type EventName = NonNullable<LambdaConfiguration['Events']>[number]
type RuleName = 'prefix' | 'suffix'

/** GetBucketNotificationConfiguration: what was put, with the ids that were made for it. */
export async function getBucketNotificationConfiguration(
  deps: S3Deps,
  input: S3Input<'GetBucketNotificationConfiguration'>,
  context: RequestContext,
): Promise<Configuration> {
  const { notifications } = await readBucket(deps.store, input.Bucket, callerOf(context, input))
  return { LambdaFunctionConfigurations: notifications.map(configurationOf) }
}

function configurationOf({ id, arn, events, rules }: LambdaNotification): LambdaConfiguration {
  return {
    Id: id,
    LambdaFunctionArn: arn,
    // Checked against the list of event types when they were put.
    Events: events as EventName[],
    Filter:
      rules.length === 0
        ? undefined
        : // The case of the name comes back as it was written; the model only knows the lower one.
          { Key: { FilterRules: rules.map(({ name, value }) => ({ Name: name as RuleName, Value: value })) } },
  }
}
