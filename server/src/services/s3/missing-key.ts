// Who may not list a bucket does not learn which keys are in it: a missing key is then as one that may not be read. Source:
// API page of GetObject, "If you don't have the s3:ListBucket permission, Amazon S3 returns an HTTP status code 403".
import { AwsError } from '#protocol/errors.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { bucketArn } from './arn.ts'
import { s3Error } from './errors.ts'

/** Runs `read`; NoSuchKey becomes AccessDenied for those who may not list. */
export async function tellingMissing<T>(context: RequestContext, bucket: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'NoSuchKey' || context.permits === undefined) throw error
    const mayList = await context.permits('s3:ListBucket', bucketArn(bucket))
    throw mayList ? error : s3Error('AccessDenied', { cause: error })
  }
}
