import type { RequestContext } from '#protocol/operation.ts'
import { bucketAcl, requireAllowedAcl } from '../access.ts'
import { aclFromRequest } from '../acl.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { canonicalUserId } from '../owner.ts'

/** PutBucketAcl: by a canned name, by grants in headers, or by a document; exactly one of them. */
export async function putBucketAcl(
  deps: S3Deps,
  input: S3Input<'PutBucketAcl'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  await changeBucket(deps, input, context, (bucket) => {
    const { owner } = bucketAcl(bucket)
    const acl = aclFromRequest(input, { owner, bucketOwner: canonicalUserId(bucket.account) })
    requireAllowedAcl(bucket, acl)
    return { ...bucket, acl }
  })
  return {}
}
