import type { RequestContext } from '#protocol/operation.ts'
import { objectAcl } from '../access.ts'
import { aclOutput } from '../acl.ts'
import { callerOf } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { findObject } from '../object-read.ts'
import { checkVersionId } from '../version-id.ts'

/** GetObjectAcl: where ACLs are disabled, the full control of the bucket's owner. */
export async function getObjectAcl(
  deps: S3Deps,
  input: S3Input<'GetObjectAcl'>,
  context: RequestContext,
): Promise<S3Output<'GetObjectAcl'>> {
  checkVersionId(input.VersionId)
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  const { bucket, record } = await findObject(deps, address, false)
  return aclOutput(objectAcl(bucket, record.acl))
}
