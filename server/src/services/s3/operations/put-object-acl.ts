import type { RequestContext } from '#protocol/operation.ts'
import { objectAcl, requireAllowedAcl } from '../access.ts'
import { aclFromRequest } from '../acl.ts'
import { callerOf } from '../bucket.ts'
import { changeObject } from '../change-object.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { canonicalUserId } from '../owner.ts'
import { checkVersionId } from '../version-id.ts'

/** PutObjectAcl: by a canned name, by grants in headers, or by a document; exactly one of them. The owner stays. */
export async function putObjectAcl(
  deps: S3Deps,
  input: S3Input<'PutObjectAcl'>,
  context: RequestContext,
): Promise<S3Output<'PutObjectAcl'>> {
  checkVersionId(input.VersionId)
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  const { versionId } = await changeObject(deps, address, {
    context,
    event: 'ObjectAcl:Put',
    change: (record, bucket) => {
      const { owner } = objectAcl(bucket, record.acl)
      const acl = aclFromRequest(input, { owner, bucketOwner: canonicalUserId(bucket.account) })
      requireAllowedAcl(bucket, acl)
      return { ...record, acl }
    },
  })
  if (versionId !== undefined) context.setHeader('x-amz-version-id', versionId)
  return {}
}
