import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'

/** DeletePublicAccessBlock: nothing is blocked from now on. */
export async function deletePublicAccessBlock(
  deps: S3Deps,
  input: S3Input<'DeletePublicAccessBlock'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await changeBucket(deps, input, context, ({ publicAccess: _gone, ...bucket }) => bucket)
  return {}
}
