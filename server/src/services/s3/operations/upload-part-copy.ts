import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { checksumMembers } from '../checksum.ts'
import { storeCopy } from '../copy-bytes.ts'
import { copyConditions, findCopySource, parseCopySource } from '../copy-source.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { requireKeyUse } from '../encryption/key-use.ts'
import { encryptionOutput } from '../encryption/object-encryption.ts'
import { newPartSalt, partKey } from '../encryption/object-keys.ts'
import { copySourceKey } from '../encryption/read-key.ts'
import { uploadKey } from '../encryption/upload-key.ts'
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
  const { value: upload } = await findUpload(deps, address)
  const { algorithm } = upload.checksum ?? DEFAULT_UPLOAD_CHECKSUM
  const salt = newPartSalt()
  const sealingKey = partKey(await uploadKey(deps, upload, input), salt)
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
      const customerKey = await copySourceKey(deps, found.record, input)
      await requireKeyUse(context, 'kms:Decrypt', found.record.encryption)
      const plan = { size, algorithms: [algorithm], inlineBytesMax: -1, sealingKey }
      const { stored, digests } = await storeCopy(deps, await openBody(deps, found, range, { customerKey }), plan)
      const checksum = digests.checksums.get(algorithm) ?? ''
      if (stored.kind === 'blob')
        await keepBody(deps, stored, () =>
          writePart(
            deps,
            { ...address, number: input.PartNumber, crc32: stored.crc32 },
            {
              size,
              md5: digests.md5,
              modifiedMs,
              blob: stored.id,
              checksum,
              declared: true,
              salt,
            },
          ),
        )
      return { md5: digests.md5, checksum, sourceVersionId: versionHeader(found.bucket, found.record) }
    },
  )
  return {
    CopySourceVersionId: part.sourceVersionId,
    ...encryptionOutput(upload.encryption),
    CopyPartResult: {
      ETag: quoteEtag(part.md5),
      LastModified: new Date(modifiedMs),
      ...checksumMembers({ algorithm, value: part.checksum }),
    },
  }
}
