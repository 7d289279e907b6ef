// Judges CompleteMultipartUpload: the client's list of parts against what was uploaded, and the whole against what the
// client says of it. Source: API page of CompleteMultipartUpload (errors EntityTooSmall, InvalidPart, InvalidPartOrder).
import { hash } from 'node:crypto'
import { CHECKSUM_ALGORITHMS, type Checksum, checkDigest, type ChecksumMembers } from './checksum.ts'
import { invalidArgument, s3Error } from './errors.ts'
import { bareEtag } from './etag.ts'
import { MULTIPART_OBJECT_BYTES_MAX, PART_BYTES_MIN, PART_NUMBER_MAX } from './limits.ts'
import { DEFAULT_UPLOAD_CHECKSUM, joinChecksums, parseType, type UploadChecksum } from './multipart-checksum.ts'
import type { PartRecord } from './multipart-record.ts'
import type { Manifest, ManifestPart } from './object-record.ts'

export interface ListedPart extends ChecksumMembers {
  readonly PartNumber?: number | undefined
  readonly ETag?: string | undefined
}

/** What the request says about the whole object. */
export interface WholeClaims extends ChecksumMembers {
  readonly ChecksumType?: string | undefined
  readonly MpuObjectSize?: number | undefined
}

export interface Completion {
  readonly manifest: Manifest
  readonly size: number
  readonly etag: string
  readonly checksum: Checksum
}

/** The completed object. `uploaded` are the parts by number. */
export async function completeParts(
  uploadId: string,
  wish: UploadChecksum | undefined,
  listed: readonly ListedPart[],
  uploaded: ReadonlyMap<number, PartRecord>,
  claims: WholeClaims,
): Promise<Completion> {
  checkOrder(listed)
  const chosen = listed.map((part) => chosenPart(uploadId, part, uploaded, wish))
  checkSizes(chosen)
  const upload = wish ?? DEFAULT_UPLOAD_CHECKSUM
  const size = chosen.reduce((sum, part) => sum + part.record.size, 0)
  checkWholeSize(size, claims)
  const manifest = {
    algorithm: upload.algorithm,
    parts: chosen.map(({ number, record }): ManifestPart => {
      const { size: bytes, blob, checksum: digest, salt } = record
      return { number, size: bytes, blob, checksum: digest, ...(salt !== undefined && { salt }) }
    }),
  }
  const checksum = await joinChecksums(upload, manifest.parts)
  checkWholeChecksum(checksum, claims)
  const md5s = Buffer.from(chosen.map(({ record }) => record.md5).join(''), 'hex')
  return { manifest, size, etag: `${hash('md5', md5s, 'hex')}-${chosen.length}`, checksum }
}

function checkOrder(listed: readonly ListedPart[]): void {
  if (listed.length === 0 || listed.length > PART_NUMBER_MAX) throw s3Error('MalformedXML')
  let before = 0
  for (const { PartNumber: number, ETag: etag } of listed) {
    if (number === undefined || etag === undefined) throw s3Error('MalformedXML')
    if (!Number.isInteger(number) || number < 1 || number > PART_NUMBER_MAX)
      throw invalidArgument(
        'PartNumber',
        number,
        `PartNumber must be an integer between 1 and ${PART_NUMBER_MAX}, inclusive`,
      )
    if (number <= before) throw s3Error('InvalidPartOrder')
    before = number
  }
}

interface ChosenPart {
  readonly number: number
  readonly etag: string
  readonly record: PartRecord
}

function chosenPart(
  uploadId: string,
  listed: ListedPart,
  uploaded: ReadonlyMap<number, PartRecord>,
  wish: UploadChecksum | undefined,
): ChosenPart {
  const number = listed.PartNumber ?? 0
  const etag = bareEtag(listed.ETag ?? '')
  const record = uploaded.get(number)
  const algorithm = wish?.algorithm ?? DEFAULT_UPLOAD_CHECKSUM.algorithm
  const claimed = listed[`Checksum${algorithm}`]
  if (!record || record.md5 !== etag || (claimed !== undefined && claimed !== record.checksum))
    throw s3Error('InvalidPart', { fields: { UploadId: uploadId, PartNumber: number, ETag: etag } })
  if (claimed === undefined && wish?.type === 'COMPOSITE')
    throw s3Error('InvalidRequest', {
      message: `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
    })
  return { number, etag, record }
}

function checkSizes(chosen: readonly ChosenPart[]): void {
  for (const { number, etag, record } of chosen.slice(0, -1))
    if (record.size < PART_BYTES_MIN)
      throw s3Error('EntityTooSmall', {
        fields: { ProposedSize: record.size, MinSizeAllowed: PART_BYTES_MIN, PartNumber: number, ETag: etag },
      })
}

function checkWholeSize(size: number, { MpuObjectSize: claimed }: WholeClaims): void {
  if (claimed !== undefined && claimed !== size)
    throw s3Error('InvalidRequest', {
      message: `The provided 'x-amz-mp-object-size' header value ${claimed} does not match what was computed: ${size}`,
    })
  if (size > MULTIPART_OBJECT_BYTES_MAX)
    throw s3Error('EntityTooLarge', { fields: { ProposedSize: size, MaxSizeAllowed: MULTIPART_OBJECT_BYTES_MAX } })
}

function checkWholeChecksum(checksum: Checksum, claims: WholeClaims): void {
  if (claims.ChecksumType !== undefined && parseType(claims.ChecksumType) !== checksum.type)
    throw s3Error('InvalidRequest', {
      message: `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
    })
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const claimed = claims[`Checksum${algorithm}`]
    if (claimed === undefined) continue
    if (algorithm !== checksum.algorithm)
      throw s3Error('BadDigest', { message: `The ${algorithm} you specified did not match the calculated checksum.` })
    // A composite may be claimed with or without the number of parts.
    checkDigest(algorithm, claimed, claimed.includes('-') ? checksum.value : checksum.value.replace(/-\d+$/, ''))
  }
}
