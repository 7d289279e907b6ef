import type { RequestContext } from '#protocol/operation.ts'
import { bucketArn } from '../arn.ts'
import { type BucketRecord, buckets, callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { testEventAppend } from '../events.ts'
import { type Notification, parseNotifications, receiverKind } from '../notification.ts'
import { retrying } from '../object-write.ts'
import { refuseUnsupported } from '../unsupported.ts'

/**
 * PutBucketNotificationConfiguration: replaces the whole configuration. Destinations are asked first, and each one that
 * is new gets the test event ("When the notification is first enabled, an s3:TestEvent occurs").
 */
export async function putBucketNotificationConfiguration(
  deps: S3Deps,
  input: S3Input<'PutBucketNotificationConfiguration'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  refuseUnsupported(input)
  const caller = callerOf(context, input)
  const before = await readBucket(deps.store, input.Bucket, caller)
  const notifications = parseNotifications(input.NotificationConfiguration, before)
  if (input.SkipDestinationValidation !== true) await checkDestinations(deps, before, notifications)
  await retrying(deps, async (transaction) => {
    const bucket = await readBucket(transaction, input.Bucket, caller)
    await buckets.set(transaction, [bucket.name], { ...bucket, notifications })
    const origin = { context, nowMs: deps.clock.nowMs(), hops: deps.hops }
    for (const notification of newDestinations(bucket, notifications)) {
      const { log, value } = testEventAppend(bucket, notification, origin)
      transaction.append(log, value)
    }
  })
  return {}
}

async function checkDestinations(
  deps: S3Deps,
  bucket: BucketRecord,
  notifications: readonly Notification[],
): Promise<void> {
  const fields: Record<string, string> = {}
  let refused = 0
  for (const arn of new Set(notifications.map((notification) => notification.arn))) {
    const source = { bucketArn: bucketArn(bucket.name), account: bucket.account }
    const reason = await deps.destinations.refusal(arn, source)
    if (reason === undefined) continue
    refused++
    fields[`ArgumentName${refused}`] = `${arn}, null`
    fields[`ArgumentValue${refused}`] = reason
  }
  if (refused > 0)
    throw s3Error('InvalidArgument', {
      message: 'Unable to validate the following destination configurations',
      fields,
    })
}

/** One notification for each receiver that the bucket did not tell anything before. The event bus gets no test event. */
function newDestinations(bucket: BucketRecord, notifications: readonly Notification[]): readonly Notification[] {
  const known = new Set(bucket.notifications.map((notification) => notification.arn))
  return notifications.filter(
    (notification) =>
      receiverKind(notification) !== 'events' && !known.has(notification.arn) && known.add(notification.arn),
  )
}
