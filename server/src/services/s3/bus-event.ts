// The event that the default event bus gets of a bucket. Source: S3 user guide, "EventBridge event message structure".
import type { Envelope } from '#events/envelope.ts'
import { bucketArn } from './arn.ts'
import type { ObjectEventData } from './event-data.ts'
import type { ObjectEventType } from './event-types.ts'

/** The bus is not told of replication. */
type BusEventType = Exclude<ObjectEventType, 'Replication:OperationFailedReplication'>

interface Wording {
  readonly detailType: string
  readonly reason?: string
  readonly deletionType?: string
}

const WORDINGS: Readonly<Record<BusEventType, Wording>> = {
  'ObjectCreated:Put': { detailType: 'Object Created', reason: 'PutObject' },
  'ObjectCreated:Post': { detailType: 'Object Created', reason: 'POST Object' },
  'ObjectCreated:Copy': { detailType: 'Object Created', reason: 'CopyObject' },
  'ObjectCreated:CompleteMultipartUpload': { detailType: 'Object Created', reason: 'CompleteMultipartUpload' },
  'ObjectRemoved:Delete': {
    detailType: 'Object Deleted',
    reason: 'DeleteObject',
    deletionType: 'Permanently Deleted',
  },
  'ObjectRemoved:DeleteMarkerCreated': {
    detailType: 'Object Deleted',
    reason: 'DeleteObject',
    deletionType: 'Delete Marker Created',
  },
  'ObjectRestore:Post': { detailType: 'Object Restore Initiated' },
  'ObjectRestore:Completed': { detailType: 'Object Restore Completed' },
  'ObjectRestore:Delete': { detailType: 'Object Restore Expired' },
  'ObjectTagging:Put': { detailType: 'Object Tags Added' },
  'ObjectTagging:Delete': { detailType: 'Object Tags Deleted' },
  'ObjectAcl:Put': { detailType: 'Object ACL Updated' },
  LifecycleTransition: { detailType: 'Object Storage Class Changed' },
  'LifecycleExpiration:Delete': {
    detailType: 'Object Deleted',
    reason: 'Lifecycle Expiration',
    deletionType: 'Permanently Deleted',
  },
  'LifecycleExpiration:DeleteMarkerCreated': {
    detailType: 'Object Deleted',
    reason: 'Lifecycle Expiration',
    deletionType: 'Delete Marker Created',
  },
}

/** The whole event. Keys stand as they are: only the older documents encode them. */
export function busDocument(envelope: Envelope, data: ObjectEventData): object {
  // The envelope was made by events.ts, which knows no other types.
  const { detailType, reason, deletionType } = WORDINGS[envelope.type as BusEventType]
  return {
    version: '0',
    id: envelope.id,
    'detail-type': detailType,
    source: 'aws.s3',
    account: envelope.account,
    time: `${new Date(envelope.timeMs).toISOString().slice(0, 19)}Z`,
    region: envelope.region,
    resources: [bucketArn(data.bucket)],
    detail: {
      version: '0',
      bucket: { name: data.bucket },
      object: {
        key: data.key,
        ...(data.size !== undefined && { size: data.size, etag: data.etag }),
        ...(data.versionId !== undefined && { 'version-id': data.versionId }),
        sequencer: data.sequencer,
      },
      'request-id': data.requestId,
      requester: envelope.account,
      'source-ip-address': data.sourceIp,
      ...(reason !== undefined && { reason }),
      ...(deletionType !== undefined && { 'deletion-type': deletionType }),
    },
  }
}
