import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { changeObject } from '../change-object.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { checkVersionId } from '../version-id.ts'

/** DeleteObjectTagging: takes all tags off a version. */
export async function deleteObjectTagging(
  deps: S3Deps,
  input: S3Input<'DeleteObjectTagging'>,
  context: RequestContext,
): Promise<S3Output<'DeleteObjectTagging'>> {
  checkVersionId(input.VersionId)
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  const changed = await changeObject(deps, address, {
    context,
    event: 'ObjectTagging:Delete',
    change: ({ tags: _tags, ...untagged }) => untagged,
  })
  return { VersionId: changed.versionId }
}
