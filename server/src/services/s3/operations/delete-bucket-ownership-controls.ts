import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'

/** DeleteBucketOwnershipControls: from now on as ObjectWriter. */
export async function deleteBucketOwnershipControls(
  deps: S3Deps,
  input: S3Input<'DeleteBucketOwnershipControls'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await changeBucket(deps, input, context, ({ ownership: _gone, ...bucket }) => bucket)
  return {}
}
