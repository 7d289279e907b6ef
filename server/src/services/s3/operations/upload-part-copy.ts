import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { checksumMembers } from '../checksum.ts'
import { storeCopy } from '../copy-bytes.ts'
import { copyConditions, findCopySource, parseCopySource } from '../copy-source.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { s3Error } from '../errors.ts'
import { quoteEtag } from '../etag.ts'
import { OBJECT_BYTES_MAX } from '../limits.ts'
import { DEFAULT_UPLOAD_CHECKSUM } from '../multipart-checksum.ts'
import { keyBytes } from '../object-record.ts'
import { openBody, versionHeader, withObject } from '../object-read.ts'
import { keepBody } from '../object-write.ts'
import { parseCopyRange } from '../range.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { checkPartNumber, findUpload, writePart } from '../upload-part.ts'

/** UploadPartCopy: a part from the bytes, or a range, of an object. */
export async function uploadPartCopy(
  deps: S3Deps,
  input: S3Input<'UploadPartCopy'>,
  context: RequestContext,
): Promise<S3Output<'UploadPartCopy'>> {
  refuseUnsupported(input)
  checkPartNumber(input.PartNumber)
  const source = parseCopySource(input.CopySource)
  const caller = callerOf(context, input)
  const address = { bucket: input.Bucket, key: keyBytes(input.Key), uploadId: input.UploadId, caller }
  const { algorithm } = (await findUpload(deps, address)).value.checksum ?? DEFAULT_UPLOAD_CHECKSUM
  const nowMs = deps.clock.nowMs()
  const modifiedMs = nowMs - (nowMs % 1000)
  const part = await withObject(
    () => findCopySource(deps, source, copyConditions(context, input)),
    async (found) => {
      const range = parseCopyRange(input.CopySourceRange, found.record.size)
      const size = range.end - range.start
      if (size > OBJECT_BYTES_MAX)
        throw s3Error('InvalidRequest', {
          message: `The specified copy source is larger than the maximum allowable size for a copy source: ${OBJECT_BYTES_MAX}`,
        })
      const { stored, digests } = await storeCopy(deps, await openBody(deps, found, range), size, [algorithm], -1)
      const checksum = digests.checksums.get(algorithm) ?? ''
      if (stored.kind === 'blob')
        await keepBody(deps, stored, () =>
          writePart(deps, address, input.PartNumber, {
            size,
            md5: digests.md5,
            modifiedMs,
            blob: stored.id,
            checksum,
            declared: true,
          }),
        )
      return { md5: digests.md5, checksum, sourceVersionId: versionHeader(found.bucket, found.record) }
    },
  )
  return {
    CopySourceVersionId: part.sourceVersionId,
    CopyPartResult: {
      ETag: quoteEtag(part.md5),
      LastModified: new Date(modifiedMs),
      ...checksumMembers({ algorithm, value: part.checksum }),
    },
  }
}
