import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { findObject, versionHeader } from '../object-read.ts'
import { checkVersionId } from '../version-id.ts'

/** GetObjectTagging: the tags by key. */
export async function getObjectTagging(
  deps: S3Deps,
  input: S3Input<'GetObjectTagging'>,
  context: RequestContext,
): Promise<S3Output<'GetObjectTagging'>> {
  checkVersionId(input.VersionId)
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  const { record, bucket } = await findObject(deps, address, false)
  return {
    VersionId: versionHeader(bucket, record),
    TagSet: (record.tags ?? []).map(({ key, value }) => ({ Key: key, Value: value })),
  }
}
