import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { checksumMembers, parseAlgorithm } from '../checksum.ts'
import { checkWriteConditions } from '../conditions.ts'
import { copyBytes } from '../copy-bytes.ts'
import { copyConditions, type CopySource, findCopySource, parseCopySource } from '../copy-source.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { requireKeyUse } from '../encryption/key-use.ts'
import { encryptionOutput } from '../encryption/object-encryption.ts'
import type { SealingKey } from '../encryption/object-keys.ts'
import { copySourceKey } from '../encryption/read-key.ts'
import { encryptionIn, requestedEncryption } from '../encryption/wish.ts'
import { invalidArgument, s3Error } from '../errors.ts'
import { quoteEtag } from '../etag.ts'
import { expirationMember } from '../expiration.ts'
import { OBJECT_BYTES_MAX } from '../limits.ts'
import { type ObjectMetadata, readMetadata } from '../metadata.ts'
import { readLockWish } from '../object-lock.ts'
import { keyBytes, type ObjectRecord } from '../object-record.ts'
import { versionHeader, withObject } from '../object-read.ts'
import { keepBody, writeObject } from '../object-write.ts'
import type { Tag } from '../tags.ts'
import { refuseUnsupported } from '../unsupported.ts'

/** CopyObject: a new object of the same bytes, with the source's metadata or the request's. */
export async function copyObject(
  deps: S3Deps,
  input: S3Input<'CopyObject'>,
  context: RequestContext,
): Promise<S3Output<'CopyObject'>> {
  refuseUnsupported(input)
  const caller = callerOf(context, input)
  const bytes = keyBytes(input.Key)
  const requested = requestedEncryption(input)
  const conditions = { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch }
  checkWriteConditions(conditions)
  const source = parseCopySource(input.CopySource)
  const replacing = isReplacing('x-amz-metadata-directive', input.MetadataDirective)
  refuseSelfCopy(input, source, replacing)
  const wanted = input.ChecksumAlgorithm === undefined ? undefined : parseAlgorithm(input.ChecksumAlgorithm)
  const lock = readLockWish(input, deps.clock.nowMs())
  const { source: sourceFound, written } = await withObject(
    () => findCopySource(deps, source, copyConditions(context, input)),
    async (found) => {
      checkCopySize(found.record)
      const customerKey = await copySourceKey(deps, found.record, input)
      const bucket = await deps.seen.require(input.Bucket, caller)
      const wish = encryptionIn(bucket, requested, input.BucketKeyEnabled)
      await requireKeyUse(context, 'kms:Decrypt', found.record.encryption)
      const newKey = async (): Promise<SealingKey> => {
        const made = await deps.objectKeys.create(wish, bucket, input.Key)
        await requireKeyUse(context, 'kms:GenerateDataKey', made.encryption)
        return made
      }
      const algorithm = wanted ?? found.record.checksum.algorithm
      const copied = await copyBytes(deps, found, algorithm, { wish, newKey, customerKey })
      const writing = keepBody(deps, copied.stored, () =>
        writeObject(deps, {
          bucket: input.Bucket,
          key: input.Key,
          keyBytes: bytes,
          caller,
          context,
          event: 'ObjectCreated:Copy',
          conditions,
          metadata: metadataOf(input, found.record, replacing),
          size: found.record.size,
          etag: copied.md5,
          checksum: copied.checksum,
          body: copied.stored,
          lock,
          encryption: copied.encryption,
          acl: input,
        }),
      )
      return { source: found, written: await writing }
    },
  )
  const { record } = written
  return {
    VersionId: versionHeader(written.bucket, record),
    ...encryptionOutput(record.encryption),
    ...(await expirationMember(deps, written.bucket, input.Key, record)),
    CopySourceVersionId: versionHeader(sourceFound.bucket, sourceFound.record),
    CopyObjectResult: {
      ETag: quoteEtag(record.etag),
      LastModified: new Date(record.modifiedMs),
      ...checksumMembers(record.checksum),
      ChecksumType: record.checksum.type,
    },
  }
}

function isReplacing(header: string, directive: string | undefined): boolean {
  if (directive === undefined || directive === 'COPY') return false
  if (directive === 'REPLACE') return true
  throw invalidArgument(header, directive, `Unknown ${header.includes('tagging') ? 'tagging' : 'metadata'} directive.`)
}

/** The storage class and the redirect are never copied: they are the request's or the default. */
function metadataOf(input: S3Input<'CopyObject'>, source: ObjectRecord, replacing: boolean): ObjectMetadata {
  const requested = readMetadata(input)
  const tags = isReplacing('x-amz-tagging-directive', input.TaggingDirective) ? requested.tags : source.tags
  if (replacing) return withTags(requested, tags)
  const { websiteRedirectLocation: _redirect, ...system } = source.system
  return {
    system: {
      ...system,
      ...(input.WebsiteRedirectLocation !== undefined && { websiteRedirectLocation: input.WebsiteRedirectLocation }),
    },
    user: source.user,
    storageClass: requested.storageClass,
    ...(tags && { tags }),
  }
}

function withTags({ tags: _own, ...metadata }: ObjectMetadata, tags: readonly Tag[] | undefined): ObjectMetadata {
  return { ...metadata, ...(tags && { tags }) }
}

function refuseSelfCopy(input: S3Input<'CopyObject'>, source: CopySource, replacing: boolean): void {
  const changes: readonly unknown[] = [
    input.StorageClass,
    input.WebsiteRedirectLocation,
    input.ChecksumAlgorithm,
    input.TaggingDirective,
    input.ObjectLockMode,
    input.ObjectLockLegalHoldStatus,
    input.ServerSideEncryption,
    input.SSECustomerAlgorithm,
  ]
  if (source.bucket !== input.Bucket || source.key !== input.Key || replacing) return
  // An older version on top of the latest: that is how one is brought back.
  if (source.versionId !== undefined) return
  if (changes.some((change) => change !== undefined)) return
  throw s3Error('InvalidRequest', {
    message:
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  })
}

function checkCopySize({ size }: ObjectRecord): void {
  if (size > OBJECT_BYTES_MAX)
    throw s3Error('InvalidRequest', {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${OBJECT_BYTES_MAX}`,
    })
}
