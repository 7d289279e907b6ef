// Events of S3: their way into the outbox, and the documents that receivers get. Source of the documents: S3 user guide,
// "Event message structure" (version 2.1 for creation and removal), including the test event; for the event bus see
// bus-event.ts.
import { hash } from 'node:crypto'
import { newRequestId } from '#base/ids.ts'
import type { Principal } from '#base/principal.ts'
import type { Destination, Envelope } from '#events/envelope.ts'
import { outboxAppend } from '#events/outbox.ts'
import type { EventOrigin as EventSender } from '#events/target.ts'
import type { RequestContext } from '#protocol/operation.ts'
import type { Append } from '#storage/store.ts'
import { bucketArn } from './arn.ts'
import type { BucketRecord } from './bucket.ts'
import type { ObjectEventData, ReplicationEventData } from './event-data.ts'
import type { ObjectEventType } from './event-types.ts'
import { busDocument } from './bus-event.ts'
import { matchNotifications, type Notification, receiverKind } from './notification.ts'
import { callerPrincipalId, ownerPrincipalId } from './owner.ts'
import { encodeKeyForUrl } from './url-encoding.ts'

/** The source name of S3's envelopes. */
export const S3_EVENT_SOURCE = 'mayfly.s3'
const TEST_EVENT = 's3:TestEvent'
/** What topics show to people. */
const SUBJECT = 'Amazon S3 Notification'

/** What happened to an object. */
export interface ObjectEvent {
  readonly type: ObjectEventType
  readonly bucket: BucketRecord
  readonly key: string
  readonly sequencer: string
  /** Absent: the version `null`. */
  readonly versionId?: string
  /** Removals have none. */
  readonly object?: { readonly size: number; readonly etag: string }
  /** Of a failed replication. */
  readonly replication?: ReplicationEventData
}

interface TestEventData {
  readonly requestId: string
  readonly bucket: string
}

/** Where an event comes from in time and in the chain of events. */
export interface EventOrigin {
  readonly context: RequestContext
  readonly nowMs: number
  readonly hops: { next(principal: Principal): number }
}

/** Who did what S3 does by itself. */
const BY_S3 = { sourceIp: 's3.amazonaws.com', principalId: 's3.amazonaws.com' }

/** The outbox appends of an event: one for each notification that it sets off. */
export function objectEventAppends(event: ObjectEvent, origin: EventOrigin): readonly Append[] {
  const matching = matchNotifications(event.bucket.notifications, event.type, event.key)
  // The bus is not told of replication.
  const told = event.replication ? matching.filter((one) => receiverKind(one) !== 'events') : matching
  return told.map((notification) => {
    const data: ObjectEventData = {
      requestId: origin.context.requestId,
      sourceIp: origin.context.http.remoteAddress,
      principalId: callerPrincipalId(origin.context.principal),
      configurationId: notification.id,
      bucket: event.bucket.name,
      key: event.key,
      sequencer: event.sequencer,
      ...(event.versionId !== undefined && { versionId: event.versionId }),
      ...(event.object && { size: event.object.size, etag: event.object.etag }),
      ...(event.replication && { replication: event.replication, ...BY_S3 }),
    }
    return append(event.type, `${event.bucket.name}/${event.key}`, data, event.bucket, notification, origin)
  })
}

/** The append of the test event that follows a new notification. */
export function testEventAppend(bucket: BucketRecord, notification: Notification, origin: EventOrigin): Append {
  const data: TestEventData = { requestId: origin.context.requestId, bucket: bucket.name }
  return append(TEST_EVENT, bucket.name, data, bucket, notification, origin)
}

function append(
  type: string,
  subject: string,
  data: ObjectEventData | TestEventData,
  bucket: BucketRecord,
  notification: Notification,
  { context, nowMs, hops }: EventOrigin,
): Append {
  return outboxAppend({
    envelope: {
      id: newRequestId(),
      source: S3_EVENT_SOURCE,
      type,
      subject,
      timeMs: nowMs,
      account: bucket.account,
      region: bucket.region,
      hops: hops.next(context.principal),
      data,
    },
    destination: {
      target: receiverKind(notification),
      arn: notification.arn,
      ...(receiverKind(notification) === 'sns' && { message: { subject: SUBJECT } }),
    },
  })
}

/** Who sends the events of this source: a receiver's policy names S3, and may name the bucket. */
export function s3EventOrigin({ data, account }: Envelope): EventSender {
  // Both kinds of data were made by `append` above.
  const { bucket } = data as ObjectEventData | TestEventData
  return { principal: 's3.amazonaws.com', sourceArn: bucketArn(bucket), account }
}

/** The renderer of this source (events/target.ts): the JSON document that a receiver of this kind expects. */
export function renderS3Event(envelope: Envelope, { target }: Destination): Uint8Array {
  return Buffer.from(JSON.stringify(documentFor(envelope, target)))
}

/** The envelope was made by `append` above: its data is what that type carries. */
function documentFor(envelope: Envelope, target: string): object {
  if (envelope.type === TEST_EVENT) return testDocument(envelope, envelope.data as TestEventData)
  const data = envelope.data as ObjectEventData
  return target === 'events' ? busDocument(envelope, data) : { Records: [objectDocument(envelope, data)] }
}

function testDocument(envelope: Envelope, { bucket, requestId }: TestEventData): object {
  return {
    Service: 'Amazon S3',
    Event: TEST_EVENT,
    Time: new Date(envelope.timeMs).toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: hostId(requestId),
  }
}

function objectDocument(envelope: Envelope, data: ObjectEventData): object {
  return {
    eventVersion: data.replication ? '2.2' : '2.1',
    eventSource: 'aws:s3',
    awsRegion: envelope.region,
    eventTime: new Date(envelope.timeMs).toISOString(),
    eventName: envelope.type,
    userIdentity: { principalId: data.principalId },
    requestParameters: { sourceIPAddress: data.sourceIp },
    responseElements: { 'x-amz-request-id': data.requestId, 'x-amz-id-2': hostId(data.requestId) },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: data.configurationId,
      bucket: {
        name: data.bucket,
        ownerIdentity: { principalId: ownerPrincipalId(envelope.account) },
        arn: bucketArn(data.bucket),
      },
      object: {
        key: encodeKeyForUrl(data.key),
        ...(data.size !== undefined && { size: data.size, eTag: data.etag }),
        ...(data.versionId !== undefined && { versionId: data.versionId }),
        sequencer: data.sequencer,
      },
    },
    ...(data.replication && { replicationEventData: data.replication }),
  }
}

/** x-amz-id-2 names the host that answered; here it is made from the request, which is all that there is to find. */
function hostId(requestId: string): string {
  return hash('sha384', requestId, 'base64')
}
