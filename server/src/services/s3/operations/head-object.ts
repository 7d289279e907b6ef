import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { tellingMissing } from '../missing-key.ts'
import { findObject, withObject } from '../object-read.ts'
import { viewObject } from '../object-view.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { checkVersionId } from '../version-id.ts'

/** HeadObject: what GetObject would answer, without the bytes. */
export async function headObject(
  deps: S3Deps,
  input: S3Input<'HeadObject'>,
  context: RequestContext,
): Promise<S3Output<'HeadObject'>> {
  refuseUnsupported(input)
  checkVersionId(input.VersionId)
  const address = {
    bucket: input.Bucket,
    key: input.Key,
    versionId: input.VersionId,
    caller: callerOf(context, input),
  }
  const read = (): Promise<S3Output<'HeadObject'>> =>
    withObject(
      () => findObject(deps, address, false),
      async (found) => (await viewObject(deps, found, input, context)).output,
    )
  return tellingMissing(context, input.Bucket, read)
}
