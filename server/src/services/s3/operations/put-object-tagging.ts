import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { changeTags } from '../change-tags.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { checkVersionId } from '../object-record.ts'
import { checkTags } from '../tags.ts'
import { refuseUnsupported } from '../unsupported.ts'

/** PutObjectTagging: replaces all tags of an object. */
export async function putObjectTagging(
  deps: S3Deps,
  input: S3Input<'PutObjectTagging'>,
  context: RequestContext,
): Promise<S3Output<'PutObjectTagging'>> {
  refuseUnsupported({ ...input, Tagging: undefined })
  checkVersionId(input.VersionId)
  const tags = input.Tagging.TagSet.map(({ Key, Value }) => ({ key: Key, value: Value }))
  checkTags(tags)
  await changeTags(deps, { bucket: input.Bucket, key: input.Key, caller: callerOf(context, input) }, tags)
  return {}
}
