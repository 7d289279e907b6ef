import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { checkVersionId } from '../object-record.ts'
import { findObject } from '../object-read.ts'

/** GetObjectTagging: the tags by key. */
export async function getObjectTagging(
  deps: S3Deps,
  input: S3Input<'GetObjectTagging'>,
  context: RequestContext,
): Promise<S3Output<'GetObjectTagging'>> {
  checkVersionId(input.VersionId)
  const { record } = await findObject(deps, input.Bucket, input.Key, callerOf(context, input), false)
  return { TagSet: (record.tags ?? []).map(({ key, value }) => ({ Key: key, Value: value })) }
}
