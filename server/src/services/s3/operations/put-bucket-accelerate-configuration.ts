import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { s3Error } from '../errors.ts'

/** PutBucketAccelerateConfiguration: kept and told; there is no farther edge to accelerate to. */
export async function putBucketAccelerateConfiguration(
  deps: S3Deps,
  input: S3Input<'PutBucketAccelerateConfiguration'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const status = input.AccelerateConfiguration.Status
  if (status !== 'Enabled' && status !== 'Suspended') throw s3Error('MalformedXML')
  if (input.Bucket.includes('.'))
    throw s3Error('InvalidRequest', {
      message: 'S3 Transfer Acceleration is not supported for buckets with periods (.) in their names',
    })
  await changeBucket(deps, input, context, (bucket) => ({ ...bucket, acceleration: status }))
  return {}
}
