import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'

/** DeleteBucketEncryption: back to SSE-S3. */
export async function deleteBucketEncryption(
  deps: S3Deps,
  input: S3Input<'DeleteBucketEncryption'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await changeBucket(deps, input, context, ({ encryption: _gone, ...bucket }) => bucket)
  return {}
}
