import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { checkVersionId } from '../object-record.ts'
import { findObject, withObject } from '../object-read.ts'
import { viewObject } from '../object-view.ts'
import { refuseUnsupported } from '../unsupported.ts'

/** HeadObject: what GetObject would answer, without the bytes. */
export async function headObject(
  deps: S3Deps,
  input: S3Input<'HeadObject'>,
  context: RequestContext,
): Promise<S3Output<'HeadObject'>> {
  refuseUnsupported(input)
  checkVersionId(input.VersionId)
  const caller = callerOf(context, input)
  return withObject(
    () => findObject(deps, input.Bucket, input.Key, caller, false),
    async (found) => (await viewObject(deps, found.record, input, context)).output,
  )
}
