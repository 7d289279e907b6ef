import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { requireKeyUse } from '../encryption/key-use.ts'
import { tellingMissing } from '../missing-key.ts'
import { findObject, openBody, withObject } from '../object-read.ts'
import { viewObject } from '../object-view.ts'
import { checkReadable } from '../restore.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { checkVersionId } from '../version-id.ts'

/** GetObject: headers and bytes; a range or part is status 206. */
export async function getObject(
  deps: S3Deps,
  input: S3Input<'GetObject'>,
  context: RequestContext,
): Promise<S3Output<'GetObject'>> {
  refuseUnsupported(input)
  checkVersionId(input.VersionId)
  const address = {
    bucket: input.Bucket,
    key: input.Key,
    versionId: input.VersionId,
    caller: callerOf(context, input),
  }
  const read = (): Promise<S3Output<'GetObject'>> =>
    withObject(
      () => findObject(deps, address, true),
      async (found) => {
        checkReadable(found.record, deps.clock.nowMs())
        const view = await viewObject(deps, found, input, context)
        await requireKeyUse(context, 'kms:Decrypt', found.record.encryption)
        return {
          ...view.output,
          Body: await openBody(deps, found, view.range, { customerKey: view.customerKey, passing: true }),
        }
      },
    )
  return tellingMissing(context, input.Bucket, read)
}
