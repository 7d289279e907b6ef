import type { RequestContext } from '#protocol/operation.ts'
import { newObjectAcl } from '../access.ts'
import { callerOf, keepOpen, readBucket } from '../bucket.ts'
import { requestedChecksum } from '../multipart-checksum.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { requireKeyUse } from '../encryption/key-use.ts'
import { encryptionOutput } from '../encryption/object-encryption.ts'
import { encryptionIn, requestedEncryption } from '../encryption/wish.ts'
import { readMetadata } from '../metadata.ts'
import { newUploadId, uploads } from '../multipart-record.ts'
import { isLockWish, readLockWish, requireObjectLock } from '../object-lock.ts'
import { keyBytes } from '../object-record.ts'
import { retrying } from '../object-write.ts'
import { refuseUnsupported } from '../unsupported.ts'

/** CreateMultipartUpload: what the object will be besides its bytes is settled here. */
export async function createMultipartUpload(
  deps: S3Deps,
  input: S3Input<'CreateMultipartUpload'>,
  context: RequestContext,
): Promise<S3Output<'CreateMultipartUpload'>> {
  refuseUnsupported(input)
  const key = keyBytes(input.Key)
  const metadata = readMetadata(input)
  const checksum = requestedChecksum(input.ChecksumAlgorithm, input.ChecksumType)
  const initiatedMs = deps.clock.nowMs()
  const lock = readLockWish(input, initiatedMs)
  const uploadId = newUploadId(initiatedMs)
  const caller = callerOf(context, input)
  const bucketNow = await deps.seen.require(input.Bucket, caller)
  const wish = encryptionIn(bucketNow, requestedEncryption(input), input.BucketKeyEnabled)
  const { encryption } = await deps.objectKeys.create(wish, bucketNow, input.Key)
  await requireKeyUse(context, 'kms:GenerateDataKey', encryption)
  await retrying(deps, async (transaction) => {
    const bucket = await readBucket(transaction, input.Bucket, caller)
    const acl = newObjectAcl(bucket, input, context)
    if (isLockWish(lock)) requireObjectLock(bucket)
    await uploads.set(transaction, [input.Bucket, key, uploadId], {
      ...metadata,
      initiatedMs,
      checksum,
      encryption,
      ...(acl && { acl }),
      ...(isLockWish(lock) && { lock }),
    })
    await keepOpen(transaction, bucket)
  })
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    UploadId: uploadId,
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
    ...encryptionOutput(encryption),
  }
}
