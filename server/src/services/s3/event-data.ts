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
}
