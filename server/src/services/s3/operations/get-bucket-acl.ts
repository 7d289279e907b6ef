import type { RequestContext } from '#protocol/operation.ts'
import { bucketAcl } from '../access.ts'
import { aclOutput } from '../acl.ts'
import { bucketOf } from '../change-bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'

/** GetBucketAcl. */
export async function getBucketAcl(
  deps: S3Deps,
  input: S3Input<'GetBucketAcl'>,
  context: RequestContext,
): Promise<S3Output<'GetBucketAcl'>> {
  return aclOutput(bucketAcl(await bucketOf(deps, input, context)))
}
