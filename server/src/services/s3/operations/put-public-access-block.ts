import type { RequestContext } from '#protocol/operation.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'

/** PutPublicAccessBlock: what is not named is off. */
export async function putPublicAccessBlock(
  deps: S3Deps,
  input: S3Input<'PutPublicAccessBlock'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const { BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy, RestrictPublicBuckets } =
    input.PublicAccessBlockConfiguration
  const publicAccess = {
    blockPublicAcls: BlockPublicAcls ?? false,
    ignorePublicAcls: IgnorePublicAcls ?? false,
    blockPublicPolicy: BlockPublicPolicy ?? false,
    restrictPublicBuckets: RestrictPublicBuckets ?? false,
  }
  await changeBucket(deps, input, context, (bucket) => ({ ...bucket, publicAccess }))
  return {}
}
