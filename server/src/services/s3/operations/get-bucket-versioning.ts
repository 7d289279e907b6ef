import type { RequestContext } from '#protocol/operation.ts'
import { callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'

/** GetBucketVersioning: empty while versioning was never on. */
export async function getBucketVersioning(
  deps: S3Deps,
  input: S3Input<'GetBucketVersioning'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketVersioning'>> {
  const { versioning, mfaDelete } = await readBucket(deps.store, input.Bucket, callerOf(context, input))
  return { Status: versioning, MFADelete: mfaDelete }
}
