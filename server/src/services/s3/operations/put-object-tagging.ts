import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { changeObject } from '../change-object.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { checkTags } from '../tags.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { checkVersionId } from '../version-id.ts'

/** PutObjectTagging: replaces all tags of a version. */
export async function putObjectTagging(
  deps: S3Deps,
  input: S3Input<'PutObjectTagging'>,
  context: RequestContext,
): Promise<S3Output<'PutObjectTagging'>> {
  refuseUnsupported({ ...input, Tagging: undefined })
  checkVersionId(input.VersionId)
  const tags = input.Tagging.TagSet.map(({ Key, Value }) => ({ key: Key, value: Value }))
  checkTags(tags)
  const address = { bucket: input.Bucket, key: input.Key, versionId: input.VersionId, caller: callerOf(context, input) }
  const change = { context, event: 'ObjectTagging:Put' } as const
  const changed = await changeObject(deps, address, { ...change, change: (record) => ({ ...record, tags }) })
  return { VersionId: changed.versionId }
}
