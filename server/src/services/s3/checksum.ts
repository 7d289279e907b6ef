// Checksums: which one a request declares, what S3 says when it does not hold, and how it comes back. Source: S3 user
// guide, "Checking object integrity in Amazon S3", and the API pages of PutObject, UploadPart, CompleteMultipartUpload.
import type { RequestContext } from '#protocol/operation.ts'
import { s3Error } from './errors.ts'

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

/** What S3 computes when the client declares nothing (since December 2024). */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME'

const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
}

/** A stored checksum. `value` is base64; a composite one ends in `-<parts>`. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  readonly value: string
  readonly type: ChecksumType
}

/** The members by which inputs and outputs carry checksums. */
export interface ChecksumMembers {
  readonly ChecksumCRC32?: string | undefined
  readonly ChecksumCRC32C?: string | undefined
  readonly ChecksumCRC64NVME?: string | undefined
  readonly ChecksumSHA1?: string | undefined
  readonly ChecksumSHA256?: string | undefined
}

const CHECKSUM_MEMBERS = CHECKSUM_ALGORITHMS.map((algorithm) => [algorithm, `Checksum${algorithm}`] as const)

/** What a request says about the checksum of its body. */
export interface DeclaredChecksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64; undefined when it comes as a trailer behind the body. */
  readonly value: string | undefined
}

/** The output members for a checksum; none for undefined. */
export function checksumMembers(checksum: Pick<Checksum, 'algorithm' | 'value'> | undefined): ChecksumMembers {
  return checksum ? { [`Checksum${checksum.algorithm}`]: checksum.value } : {}
}

/** The algorithm as AWS names it in a request; throws for one that is unknown or not built. */
export function parseAlgorithm(name: string): ChecksumAlgorithm {
  const known = CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase())
  if (!known)
    throw s3Error('InvalidRequest', {
      message:
        'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    })
  return known
}

/**
 * The checksum that the members or the announced trailer declare; undefined when there is none. Throws InvalidRequest for
 * more than one, for a malformed value, and for an algorithm that was named without a checksum.
 */
export function declaredChecksum(
  input: ChecksumMembers & { readonly ChecksumAlgorithm?: string | undefined },
  context: RequestContext,
): DeclaredChecksum | undefined {
  const declared = declaredByMembers(input)
  const trailer = announcedTrailer(context)
  if (declared && trailer) throw moreThanOne()
  const found = declared ?? (trailer && { algorithm: trailer, value: undefined })
  const named = context.http.headers['x-amz-sdk-checksum-algorithm']
  if (named === undefined) return found
  const algorithm = parseAlgorithm(named)
  if (!found)
    throw s3Error('InvalidRequest', {
      message:
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    })
  if (found.algorithm !== algorithm)
    throw s3Error('InvalidRequest', { message: 'Value for x-amz-sdk-checksum-algorithm header is invalid.' })
  return found
}

/** The one checksum among the members. Throws InvalidRequest for several or for a malformed value. */
export function declaredByMembers(input: ChecksumMembers): { algorithm: ChecksumAlgorithm; value: string } | undefined {
  let found: { algorithm: ChecksumAlgorithm; value: string } | undefined
  for (const [algorithm, member] of CHECKSUM_MEMBERS) {
    const value = input[member]
    if (value === undefined) continue
    if (found) throw moreThanOne()
    found = { algorithm, value }
  }
  if (found) checkDigestShape(found.algorithm, found.value)
  return found
}

/** Throws InvalidRequest unless `value` is the base64 of a digest of this algorithm. */
export function checkDigestShape(algorithm: ChecksumAlgorithm, value: string): void {
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length !== DIGEST_BYTES[algorithm] || bytes.toString('base64') !== value)
    throw s3Error('InvalidRequest', {
      message: `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`,
    })
}

/** Throws BadDigest when the declared value is not the computed one. */
export function checkDigest(algorithm: ChecksumAlgorithm, declared: string, computed: string): void {
  if (declared !== computed)
    throw s3Error('BadDigest', { message: `The ${algorithm} you specified did not match the calculated checksum.` })
}

/** The MD5 of a Content-MD5 header in hexadecimal. Throws InvalidDigest unless it is the base64 of 16 bytes. */
export function parseContentMd5(header: string): string {
  const bytes = Buffer.from(header, 'base64')
  if (bytes.length !== 16 || bytes.toString('base64') !== header)
    throw s3Error('InvalidDigest', { fields: { 'Content-MD5': header } })
  return bytes.toString('hex')
}

/** Throws BadDigest when Content-MD5 is not the MD5 of the body (both hexadecimal). */
export function checkContentMd5(declared: string, computed: string): void {
  if (declared !== computed)
    throw s3Error('BadDigest', {
      fields: {
        ExpectedDigest: Buffer.from(declared, 'hex').toString('base64'),
        CalculatedDigest: Buffer.from(computed, 'hex').toString('base64'),
      },
    })
}

function announcedTrailer(context: RequestContext): ChecksumAlgorithm | undefined {
  const announced = context.http.headers['x-amz-trailer']
  if (announced === undefined) return undefined
  const names = announced
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name.startsWith('x-amz-checksum-'))
  if (names.length > 1) throw moreThanOne()
  const [name] = names
  return name === undefined ? undefined : parseAlgorithm(name.slice('x-amz-checksum-'.length))
}

function moreThanOne(): Error {
  return s3Error('InvalidRequest', {
    message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
  })
}
