/** What an envelope of S3 carries about an object. */
export interface ObjectEventData {
  readonly requestId: string
  readonly sourceIp: string
  readonly principalId: string
  readonly configurationId: string
  readonly bucket: string
  readonly key: string
  readonly sequencer: string
  readonly versionId?: string
  readonly size?: number
  readonly etag?: string
  readonly replication?: ReplicationEventData
}

/** As documents carry it. Source: S3 user guide, "Receiving replication failure events with Amazon S3 Event Notifications". */
export interface ReplicationEventData {
  readonly replicationRuleId: string
  /** An ARN. */
  readonly destinationBucket: string
  readonly s3Operation: 'OBJECT_PUT'
  readonly requestTime: string
  readonly failureReason: string
}
