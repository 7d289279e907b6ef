import type { RequestContext } from '#protocol/operation.ts'
import { objectOwner } from '../access.ts'
import { callerOf, readBucket } from '../bucket.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { everything, type Keyed, listKeys, type ListingPage } from '../listing.ts'
import { type UploadRecord, uploads } from '../multipart-record.ts'
import { asBuffer, pageLimit, textEncoder } from '../object-listing.ts'

interface UploadPosition extends Keyed {
  readonly uploadId: string
}

interface ListedUpload extends UploadPosition {
  readonly record: UploadRecord
}

/** ListMultipartUploads: by key, and for one key by their beginning. */
export async function listMultipartUploads(
  deps: S3Deps,
  input: S3Input<'ListMultipartUploads'>,
  context: RequestContext,
): Promise<S3Output<'ListMultipartUploads'>> {
  const limit = pageLimit('max-uploads', input.MaxUploads)
  const encode = textEncoder(input.EncodingType)
  const bucket = await readBucket(deps.store, input.Bucket, callerOf(context, input))
  const page = await listUploads(deps, input, limit)
  const last = page.entries.at(-1)
  const lastIsUpload = last !== undefined && page.last !== undefined && last.keyBytes.equals(page.last)
  const delimited = input.Delimiter !== undefined && input.Delimiter !== ''
  return {
    Bucket: input.Bucket,
    KeyMarker: encode(input.KeyMarker ?? ''),
    UploadIdMarker: input.UploadIdMarker ?? '',
    NextKeyMarker: page.truncated && page.last ? encode(page.last.toString()) : undefined,
    NextUploadIdMarker: page.truncated && lastIsUpload ? last.uploadId : undefined,
    Prefix: encode(input.Prefix ?? ''),
    Delimiter: delimited ? encode(input.Delimiter ?? '') : undefined,
    EncodingType: input.EncodingType,
    MaxUploads: limit,
    IsTruncated: page.truncated,
    Uploads: page.entries.map(({ keyBytes, uploadId, record }) => ({
      Key: encode(keyBytes.toString()),
      UploadId: uploadId,
      Initiated: new Date(record.initiatedMs),
      StorageClass: record.storageClass,
      // Who begins an upload owns what becomes of it, unless the bucket's owner does.
      Owner: { ID: objectOwner(bucket, record.acl) },
      Initiator: { ID: objectOwner(bucket, record.acl) },
      ChecksumAlgorithm: record.checksum?.algorithm,
      ChecksumType: record.checksum?.type,
    })),
    CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix.toString()) })),
  }
}

function listUploads(
  deps: S3Deps,
  { Bucket: bucket, Prefix, Delimiter, KeyMarker, UploadIdMarker }: S3Input<'ListMultipartUploads'>,
  limit: number,
): Promise<ListingPage<ListedUpload>> {
  const after = Buffer.from(KeyMarker ?? '')
  // The upload id marker counts only together with a key marker.
  const afterUpload =
    after.length > 0 && UploadIdMarker !== undefined && UploadIdMarker !== '' ? UploadIdMarker : undefined
  return listKeys<UploadPosition, ListedUpload, ListedUpload>(
    async (start, pageSize) => {
      const range =
        start.kind === 'from'
          ? { from: [bucket, start.key] }
          : { after: [bucket, start.entry.keyBytes, start.entry.uploadId] }
      const page = await uploads.list(deps.store, { prefix: [bucket], ...range }, { limit: pageSize })
      return page.map(({ key, value }) => ({ keyBytes: asBuffer(key[1]), uploadId: String(key[2]), record: value }))
    },
    {
      prefix: Buffer.from(Prefix ?? ''),
      delimiter: Buffer.from(Delimiter ?? ''),
      after,
      afterEntry: afterUpload === undefined ? undefined : { keyBytes: after, uploadId: afterUpload },
      limit,
    },
    everything,
  )
}
