import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { changeTags } from '../change-tags.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { checkVersionId } from '../object-record.ts'

/** DeleteObjectTagging: takes all tags away. */
export async function deleteObjectTagging(
  deps: S3Deps,
  input: S3Input<'DeleteObjectTagging'>,
  context: RequestContext,
): Promise<S3Output<'DeleteObjectTagging'>> {
  checkVersionId(input.VersionId)
  await changeTags(deps, { bucket: input.Bucket, key: input.Key, caller: callerOf(context, input) }, [])
  return {}
}
