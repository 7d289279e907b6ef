import type { RequestContext } from '#protocol/operation.ts'
import { callerOf } from '../bucket.ts'
import { type ChecksumAlgorithm, checksumMembers } from '../checksum.ts'
import type { S3Deps, S3Input, S3Output } from '../deps.ts'
import { invalidArgument } from '../errors.ts'
import { quoteEtag } from '../etag.ts'
import { PART_NUMBER_MAX } from '../limits.ts'
import { DEFAULT_UPLOAD_CHECKSUM } from '../multipart-checksum.ts'
import { type PartRecord, parts } from '../multipart-record.ts'
import { keyBytes } from '../object-record.ts'
import { pageLimit } from '../object-listing.ts'
import { canonicalUserId } from '../owner.ts'
import { refuseUnsupported } from '../unsupported.ts'
import { findUpload } from '../upload-part.ts'

type Part = NonNullable<S3Output<'ListParts'>['Parts']>[number]

/** ListParts: the parts of an upload by number. */
export async function listParts(
  deps: S3Deps,
  input: S3Input<'ListParts'>,
  context: RequestContext,
): Promise<S3Output<'ListParts'>> {
  refuseUnsupported(input)
  const limit = pageLimit('max-parts', input.MaxParts)
  const after = markerOf(input.PartNumberMarker)
  const caller = callerOf(context, input)
  const address = { bucket: input.Bucket, key: keyBytes(input.Key), uploadId: input.UploadId, caller }
  const { value: upload } = await findUpload(deps, address)
  // One more than wanted tells whether there are more; the page of the Store has room for it or is full itself.
  const found = after > PART_NUMBER_MAX ? [] : await readParts(deps, input.UploadId, after, limit + 1)
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const { algorithm } = upload.checksum ?? DEFAULT_UPLOAD_CHECKSUM
  const who = { ID: canonicalUserId(context.account) }
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    UploadId: input.UploadId,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(last?.number ?? after),
    MaxParts: limit,
    IsTruncated: limit > 0 && found.length > limit,
    Parts: shown.map((part) => partItem(part, algorithm)),
    Initiator: who,
    Owner: who,
    StorageClass: upload.storageClass,
    ChecksumAlgorithm: upload.checksum?.algorithm,
    ChecksumType: upload.checksum?.type,
  }
}

interface NumberedPart {
  readonly number: number
  readonly record: PartRecord
}

function partItem({ number, record }: NumberedPart, algorithm: ChecksumAlgorithm): Part {
  return {
    PartNumber: number,
    LastModified: new Date(record.modifiedMs),
    ETag: quoteEtag(record.md5),
    Size: record.size,
    ...(record.declared && checksumMembers({ algorithm, value: record.checksum })),
  }
}

async function readParts(
  deps: S3Deps,
  uploadId: string,
  after: number,
  count: number,
): Promise<readonly NumberedPart[]> {
  const found: NumberedPart[] = []
  for (let from = after; found.length < count;) {
    const wanted = Math.min(count - found.length, 1000)
    const page = await parts.list(deps.store, { prefix: [uploadId], after: [uploadId, from] }, { limit: wanted })
    for (const part of page) found.push({ number: (from = Number(part.key[1])), record: part.value })
    if (page.length < wanted) break
  }
  return found
}

function markerOf(marker: string | undefined): number {
  const number = Number(marker ?? 0)
  if (!Number.isInteger(number) || number < 0 || number > 2_147_483_647)
    throw invalidArgument(
      'part-number-marker',
      marker,
      'Argument part-number-marker must be an integer between 0 and 2147483647',
    )
  return number
}
