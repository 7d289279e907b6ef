// What UploadPart and UploadPartCopy share: finding the upload, and the commit that makes received bytes a part.
import type { Stored } from '#storage/collection.ts'
import { type BucketCaller, buckets, requireBucket } from './bucket.ts'
import type { S3Deps } from './deps.ts'
import { invalidArgument } from './errors.ts'
import { PART_NUMBER_MAX } from './limits.ts'
import { noSuchUpload, type PartRecord, parts, type UploadRecord, uploads } from './multipart-record.ts'
import { blobReferences, referenceOf } from './object-record.ts'
import { retrying } from './object-write.ts'
import { trashBlob } from './trash.ts'

export interface UploadAddress {
  readonly bucket: string
  readonly key: Buffer
  readonly uploadId: string
  readonly caller: BucketCaller
}

/** Where a part goes, and the CRC-32 of its blob. */
interface PartAddress extends UploadAddress {
  readonly number: number
  readonly crc32: number
}

/** The upload. Throws NoSuchBucket, AccessDenied, NoSuchUpload. */
export async function findUpload(
  deps: S3Deps,
  { bucket, key, uploadId, caller }: UploadAddress,
): Promise<Stored<UploadRecord>> {
  const [bucketEntry, uploadEntry] = await deps.store.getMany([
    buckets.keyOf([bucket]),
    uploads.keyOf([bucket, key, uploadId]),
  ])
  requireBucket(buckets.read(bucketEntry), bucket, caller)
  const upload = uploads.read(uploadEntry)
  if (!upload) throw noSuchUpload(uploadId)
  return upload
}

/** Throws InvalidArgument unless it is a part number. */
export function checkPartNumber(number: number): void {
  if (!Number.isInteger(number) || number < 1 || number > PART_NUMBER_MAX)
    throw invalidArgument(
      'partNumber',
      number,
      `Part number must be an integer between 1 and ${PART_NUMBER_MAX}, inclusive`,
    )
}

/**
 * Commits a part; one of the same number before is replaced. Throws NoSuchUpload when the upload ended meanwhile.
 * Replacing writes the upload's record too: a CompleteMultipartUpload that has judged the old part must not take it.
 */
export async function writePart(
  deps: S3Deps,
  { bucket, key, uploadId, number, crc32 }: PartAddress,
  part: PartRecord,
): Promise<void> {
  let replaced = false
  await retrying(deps, async (transaction) => {
    const uploadKey = [bucket, key, uploadId]
    const [uploadEntry, old] = await transaction.getMany([uploads.keyOf(uploadKey), parts.keyOf([uploadId, number])])
    const upload = uploads.read(uploadEntry)
    if (!upload) throw noSuchUpload(uploadId)
    const before = parts.read(old)
    replaced = before !== undefined
    if (before) {
      const { log, value } = trashBlob(before.value.blob)
      transaction.append(log, value)
      await uploads.set(transaction, uploadKey, upload.value)
    }
    await parts.set(transaction, [uploadId, number], part)
    await blobReferences.set(transaction, [part.blob], referenceOf(crc32))
  })
  if (replaced) deps.trash.wake()
}
