import type { RequestContext } from '#protocol/operation.ts'
import { isOwnersOnly } from '../acl.ts'
import { changeBucket } from '../change-bucket.ts'
import type { S3Deps, S3Input } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { parseOwnershipRules } from '../settings/ownership.ts'

/** PutBucketOwnershipControls: ACLs cannot be disabled while they say something. */
export async function putBucketOwnershipControls(
  deps: S3Deps,
  input: S3Input<'PutBucketOwnershipControls'>,
  context: RequestContext,
): Promise<Record<string, never>> {
  const ownership = parseOwnershipRules(input.OwnershipControls.Rules)
  await changeBucket(deps, input, context, (bucket) => {
    if (ownership === 'BucketOwnerEnforced' && bucket.acl && !isOwnersOnly(bucket.acl))
      throw s3Error('InvalidBucketAclWithObjectOwnership', { fields: { BucketName: bucket.name } })
    return { ...bucket, ownership }
  })
  return {}
}
