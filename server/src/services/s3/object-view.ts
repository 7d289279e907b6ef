// What GetObject and HeadObject answer about an object; the two differ only in the body.
import type { RequestContext } from '#protocol/operation.ts'
import { checksumMembers } from './checksum.ts'
import { checkRead } from './conditions.ts'
import type { S3Deps, S3Input, S3Output } from './deps.ts'
import type { CustomerKey } from './encryption/customer-key.ts'
import { readKey } from './encryption/read-key.ts'
import { encryptionOutput } from './encryption/object-encryption.ts'
import { s3Error } from './errors.ts'
import { quoteEtag } from './etag.ts'
import { expirationMember } from './expiration.ts'
import { metadataOutput } from './metadata.ts'
import { lockOutput } from './object-lock.ts'
import type { Manifest, ObjectRecord } from './object-record.ts'
import { type FoundObject, readManifest, versionHeader } from './object-read.ts'
import { replicationStatus } from './replication/status.ts'
import { type ByteRange, contentRange, parseRange } from './range.ts'
import { restoreHeader } from './restore.ts'

type ReadInput = S3Input<'GetObject'>

/** Everything but the body, and which bytes the body is. Sets status 206 for a part of the object. */
export interface ObjectView {
  readonly range: ByteRange
  /** Opens the bytes, where the customer keeps the key. */
  readonly customerKey: CustomerKey | undefined
  readonly output: Omit<S3Output<'GetObject'>, 'Body'>
}

/**
 * Judges conditions, range and part number. Throws PreconditionFailed, NotModified, InvalidRange, InvalidPartNumber,
 * InvalidRequest. Order: RFC 9110 section 13.2.2 (conditions before the range).
 */
export async function viewObject(
  deps: S3Deps,
  { record, bucket }: FoundObject,
  input: ReadInput,
  context: RequestContext,
): Promise<ObjectView> {
  const nowMs = deps.clock.nowMs()
  refuseAnonymousOverrides(input, context)
  checkRead(
    {
      ifMatch: input.IfMatch,
      ifNoneMatch: input.IfNoneMatch,
      ifModifiedSince: input.IfModifiedSince,
      ifUnmodifiedSince: input.IfUnmodifiedSince,
    },
    record,
    nowMs,
  )
  const customerKey = await readKey(deps, record, input)
  const { range, partial, partsCount, partChecksum } = await selectBytes(deps, record, input)
  if (partial) context.setStatus(206)
  // A checksum is only told with the bytes that it is the checksum of.
  const checksum =
    input.ChecksumMode !== 'ENABLED'
      ? undefined
      : input.PartNumber !== undefined
        ? partChecksum
        : partial
          ? undefined
          : record.checksum
  return {
    range,
    customerKey,
    output: {
      ...metadataOutput(record),
      ...encryptionOutput(record.encryption),
      ReplicationStatus: replicationStatus(record.replication),
      // Of older versions the rules tell nothing.
      ...(input.VersionId === undefined && (await expirationMember(deps, bucket, input.Key, record))),
      ...lockOutput(record),
      VersionId: versionHeader(bucket, record),
      Restore: restoreHeader(record, nowMs),
      ...overrides(input),
      AcceptRanges: 'bytes',
      LastModified: new Date(record.modifiedMs),
      ETag: quoteEtag(record.etag),
      ContentLength: range.end - range.start,
      ContentRange: partial ? contentRange(range, record.size) : undefined,
      PartsCount: partsCount,
      ...checksumMembers(checksum),
      ChecksumType: checksum && record.checksum.type,
    },
  }
}

interface Selection {
  readonly range: ByteRange
  readonly partial: boolean
  readonly partsCount?: number
  readonly partChecksum?: Pick<ObjectRecord['checksum'], 'algorithm' | 'value'>
}

async function selectBytes(deps: S3Deps, record: ObjectRecord, input: ReadInput): Promise<Selection> {
  const whole = { start: 0, end: record.size }
  if (input.PartNumber !== undefined) {
    if (input.Range !== undefined)
      throw s3Error('InvalidRequest', { message: 'Cannot specify both Range header and partNumber query parameter' })
    return selectPart(deps, record, input.PartNumber)
  }
  const range = parseRange(input.Range, record.size)
  return { range: range ?? whole, partial: range !== undefined }
}

/** An object that was not uploaded in parts has the one part 1. */
async function selectPart(deps: S3Deps, record: ObjectRecord, wanted: number): Promise<Selection> {
  const { body, size, checksum } = record
  if (body.kind !== 'parts') {
    if (wanted !== 1)
      throw s3Error('InvalidPartNumber', { fields: { PartNumberRequested: wanted, ActualPartCount: 1 } })
    return { range: { start: 0, end: size }, partial: size > 0, partChecksum: checksum }
  }
  const manifest: Manifest = await readManifest(deps, body.uploadId)
  // Parts are counted in the order of the object, whatever numbers they were uploaded with.
  const part = manifest.parts[wanted - 1]
  if (!part)
    throw s3Error('InvalidPartNumber', {
      fields: { PartNumberRequested: wanted, ActualPartCount: manifest.parts.length },
    })
  const start = manifest.parts.slice(0, wanted - 1).reduce((sum, before) => sum + before.size, 0)
  return {
    range: { start, end: start + part.size },
    partial: true,
    partsCount: manifest.parts.length,
    partChecksum: { algorithm: manifest.algorithm, value: part.checksum },
  }
}

/** The response-* parameters. Source: API page of GetObject, "Overriding response header values through the request". */
function overrides(input: ReadInput): Partial<S3Output<'GetObject'>> {
  return {
    ...(input.ResponseCacheControl !== undefined && { CacheControl: input.ResponseCacheControl }),
    ...(input.ResponseContentDisposition !== undefined && { ContentDisposition: input.ResponseContentDisposition }),
    ...(input.ResponseContentEncoding !== undefined && { ContentEncoding: input.ResponseContentEncoding }),
    ...(input.ResponseContentLanguage !== undefined && { ContentLanguage: input.ResponseContentLanguage }),
    ...(input.ResponseContentType !== undefined && { ContentType: input.ResponseContentType }),
    ...(input.ResponseExpires && { Expires: input.ResponseExpires }),
  }
}

function refuseAnonymousOverrides(input: ReadInput, context: RequestContext): void {
  if (context.principal.kind === 'anonymous' && Object.keys(overrides(input)).length > 0)
    throw s3Error('InvalidRequest', {
      message: 'Request specific response headers cannot be used for anonymous GET requests.',
    })
}
