import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { type ChecksumAlgorithm, checksumMembers, declaredChecksum, parseContentMd5 } from '../checksum.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { encryptionOutput } from '../encryption/object-encryption.ts'
import { newPartSalt, partKey } from '../encryption/object-keys.ts'
import { uploadKey } from '../encryption/upload-key.ts'
import { quoteEtag } from '../etag.ts'
import { checkPartAlgorithm, DEFAULT_UPLOAD_CHECKSUM } from '../multipart-checksum.ts'
import { keyBytes } from '../object-record.ts'
import { keepBody } from '../object-write.ts'
import { announcedLength, receiveBody } from '../receive-body.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { checkPartNumber, findUpload, writePart } from '../upload-part.ts'

/** UploadPart: keeps the bytes as a blob of their own; the same number again replaces it. */
export async function uploadPart(
  deps: S3Deps,
  input: S3Input<'UploadPart'>,
  context: RequestContext,
): Promise<S3Output<'UploadPart'>> {
  refuseUnsupported(input)
  checkPartNumber(input.PartNumber)
  announcedLength(input.Body, context)
  const declared = declaredChecksum(input, context)
  const contentMd5 = input.ContentMD5 === undefined ? undefined : parseContentMd5(input.ContentMD5)
  const caller = callerOf(context, input)
  const address = { bucket: input.Bucket, key: keyBytes(input.Key), uploadId: input.UploadId, caller }
  const { value: upload } = await findUpload(deps, address)
  checkPartAlgorithm(upload.checksum, declared)
  const { algorithm } = upload.checksum ?? DEFAULT_UPLOAD_CHECKSUM

  const salt = newPartSalt()
  const received = await receiveBody(deps, {
    body: input.Body,
    context,
    declared,
    contentMd5,
    algorithms: [algorithm],
    inlineBytesMax: -1,
    sealingKey: partKey(await uploadKey(deps, upload, input), salt),
  })
  const { stored, size, md5 } = received
  if (stored.kind === 'blob')
    await keepBody(deps, stored, () =>
      writePart(
        deps,
        { ...address, number: input.PartNumber, crc32: stored.crc32 },
        {
          size,
          md5,
          modifiedMs: secondsOf(deps.clock.nowMs()),
          blob: stored.id,
          checksum: received.checksums.get(algorithm) ?? '',
          salt,
          ...(declared?.algorithm === algorithm && { declared: true }),
        },
      ),
    )
  return {
    ETag: quoteEtag(md5),
    ...checksumMembers(declared && valueOf(received.checksums, declared.algorithm)),
    ...encryptionOutput(upload.encryption),
  }
}

function valueOf(
  checksums: ReadonlyMap<ChecksumAlgorithm, string>,
  algorithm: ChecksumAlgorithm,
): { readonly algorithm: ChecksumAlgorithm; readonly value: string } {
  return { algorithm, value: checksums.get(algorithm) ?? '' }
}

function secondsOf(nowMs: number): number {
  return nowMs - (nowMs % 1000)
}
