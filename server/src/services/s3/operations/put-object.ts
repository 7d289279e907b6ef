import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { checksumMembers, declaredChecksum, DEFAULT_ALGORITHM, parseContentMd5 } from '../checksum.ts'
import { checkWrite, checkWriteConditions } from '../conditions.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { requireKeyUse } from '../encryption/key-use.ts'
import { encryptionOutput } from '../encryption/object-encryption.ts'
import { encryptionIn, requestedEncryption } from '../encryption/wish.ts'
import { s3Error } from '../errors.ts'
import { quoteEtag } from '../etag.ts'
import { expirationMember } from '../expiration.ts'
import { INLINE_BYTES_MAX } from '../limits.ts'
import { readMetadata } from '../metadata.ts'
import { isLockWish, readLockWish } from '../object-lock.ts'
import { keyBytes } from '../object-record.ts'
import { peekObject, versionHeader } from '../object-read.ts'
import { keepBody, writeObject } from '../object-write.ts'
import { announcedLength, receiveBody } from '../receive-body.ts'
import { refuseUnsupported } from '../unsupported.ts'

/** PutObject: the body is kept first, then one commit makes it the object. */
export async function putObject(
  deps: S3Deps,
  input: S3Input<'PutObject'>,
  context: RequestContext,
): Promise<S3Output<'PutObject'>> {
  refuseUnsupported(input)
  const caller = callerOf(context, input)
  const bytes = keyBytes(input.Key)
  const metadata = readMetadata(input)
  const requested = requestedEncryption(input)
  const conditions = { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch }
  checkWriteConditions(conditions)
  const declared = declaredChecksum(input, context)
  const contentMd5 = input.ContentMD5 === undefined ? undefined : parseContentMd5(input.ContentMD5)
  const lock = readLockWish(input, deps.clock.nowMs())
  if (isLockWish(lock) && !declared && contentMd5 === undefined)
    throw s3Error('InvalidRequest', {
      message:
        'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    })
  const algorithm = declared?.algorithm ?? DEFAULT_ALGORITHM

  // A small body costs less than another read of the Store: only a large one is refused before it was sent.
  if (announcedLength(input.Body, context) > INLINE_BYTES_MAX)
    checkWrite(conditions, input.Key, (await peekObject(deps, input.Bucket, bytes, caller)).latest)
  const bucketNow = await deps.seen.require(input.Bucket, caller)
  const wish = encryptionIn(bucketNow, requested, input.BucketKeyEnabled)
  const sealing = await deps.objectKeys.create(wish, bucketNow, input.Key)
  await requireKeyUse(context, 'kms:GenerateDataKey', sealing.encryption)
  const received = await receiveBody(deps, {
    body: input.Body,
    context,
    declared,
    contentMd5,
    algorithms: [algorithm],
    inlineBytesMax: INLINE_BYTES_MAX,
    sealingKey: sealing.key,
  })
  const checksum = { algorithm, value: received.checksums.get(algorithm) ?? '', type: 'FULL_OBJECT' } as const
  const { record, bucket } = await keepBody(deps, received.stored, () =>
    writeObject(deps, {
      bucket: input.Bucket,
      key: input.Key,
      keyBytes: bytes,
      caller,
      context,
      // A browser's upload comes as a form (gateway/form-upload.ts).
      event: context.http.method === 'POST' ? 'ObjectCreated:Post' : 'ObjectCreated:Put',
      conditions,
      metadata,
      size: received.size,
      etag: received.md5,
      checksum,
      body: received.stored,
      lock,
      encryption: sealing.encryption,
      acl: input,
    }),
  )
  return {
    ETag: quoteEtag(record.etag),
    ...checksumMembers(record.checksum),
    ChecksumType: record.checksum.type,
    VersionId: versionHeader(bucket, record),
    ...encryptionOutput(record.encryption),
    ...(await expirationMember(deps, bucket, input.Key, record)),
  }
}
