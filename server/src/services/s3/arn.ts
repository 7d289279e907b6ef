// Resource names of S3 for the operation table. Source: service authorization reference, "Actions, resources, and
// condition keys for Amazon S3": buckets and objects have neither region nor account in their ARN.

/** `arn:aws:s3:::bucket` */
export function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`
}

/** `arn:aws:s3:::bucket/key` */
export function objectArn(bucket: string, key: string): string {
  return `arn:aws:s3:::${bucket}/${key}`
}
