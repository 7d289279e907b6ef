import type { RequestContext } from '#protocol/operation.ts'
import { callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { noSuchUpload, uploads } from '../multipart-record.ts'
import { keyBytes } from '../object-record.ts'
import { retrying } from '../object-write.ts'
import { trashParts } from '../trash.ts'
import { refuseUnsupported } from '../unsupported.ts'

/** AbortMultipartUpload: the upload is gone at once, its parts soon after. */
export async function abortMultipartUpload(
  deps: S3Deps,
  input: S3Input<'AbortMultipartUpload'>,
  context: RequestContext,
): Promise<S3Output<'AbortMultipartUpload'>> {
  refuseUnsupported(input)
  const uploadKey = [input.Bucket, keyBytes(input.Key), input.UploadId]
  await retrying(deps, async (transaction) => {
    await readBucket(transaction, input.Bucket, callerOf(context, input))
    if (!(await uploads.get(transaction, uploadKey))) throw noSuchUpload(input.UploadId)
    await uploads.delete(transaction, uploadKey)
    const { log, value } = trashParts(input.UploadId)
    transaction.append(log, value)
  })
  deps.trash.wake()
  return {}
}
