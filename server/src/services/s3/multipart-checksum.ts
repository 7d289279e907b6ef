// Checksums of multipart uploads. FULL_OBJECT: the checksum of the joined bytes, possible for CRCs only, computed from
// those of the parts. COMPOSITE: the checksum of the parts' checksums, with the number of parts behind it. Source: S3 user
// guide, "Checking object integrity in Amazon S3", table "Full object and composite checksum types".
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumType,
  DEFAULT_ALGORITHM,
  type DeclaredChecksum,
  parseAlgorithm,
} from './checksum.ts'
import { combineCrcs } from './crc-combine.ts'
import { digestsOf } from './digests.ts'
import { s3Error } from './errors.ts'
import type { ManifestPart } from './object-record.ts'

export interface UploadChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly type: ChecksumType
}

/** What an upload without a wish gets. */
export const DEFAULT_UPLOAD_CHECKSUM: UploadChecksum = { algorithm: DEFAULT_ALGORITHM, type: 'FULL_OBJECT' }

/** The checksum that CreateMultipartUpload asks for; undefined: none. Throws InvalidRequest for pairs that do not exist. */
export function requestedChecksum(
  algorithmName: string | undefined,
  type: string | undefined,
): UploadChecksum | undefined {
  if (algorithmName === undefined) {
    if (type === undefined) return undefined
    throw s3Error('InvalidRequest', {
      message: 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    })
  }
  const algorithm = parseAlgorithm(algorithmName)
  const wanted = type === undefined ? defaultType(algorithm) : parseType(type)
  const impossible = wanted === 'COMPOSITE' ? algorithm === 'CRC64NVME' : !isCrc(algorithm)
  if (impossible)
    throw s3Error('InvalidRequest', {
      message: `The ${wanted} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    })
  return { algorithm, type: wanted }
}

function defaultType(algorithm: ChecksumAlgorithm): ChecksumType {
  return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'
}

/** Throws InvalidRequest for an unknown type. */
export function parseType(type: string): ChecksumType {
  if (type === 'COMPOSITE' || type === 'FULL_OBJECT') return type
  throw s3Error('InvalidRequest', { message: 'Value for x-amz-checksum-type header is invalid.' })
}

function isCrc(algorithm: ChecksumAlgorithm): algorithm is 'CRC32' | 'CRC32C' | 'CRC64NVME' {
  return algorithm === 'CRC32' || algorithm === 'CRC32C' || algorithm === 'CRC64NVME'
}

/**
 * Holds a part's checksum against what the upload was created with: another algorithm, or none where the composite needs
 * one, is refused. An upload that was created without a wish takes parts with any: the SDKs send CRC32 by themselves.
 */
export function checkPartAlgorithm(upload: UploadChecksum | undefined, declared: DeclaredChecksum | undefined): void {
  if (!upload || declared?.algorithm === upload.algorithm) return
  if (!declared && upload.type === 'FULL_OBJECT') return
  const actual = declared?.algorithm.toLowerCase() ?? 'null'
  throw s3Error('InvalidRequest', {
    message: `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${actual}`,
  })
}

/** The checksum of the whole. */
export async function joinChecksums(
  { algorithm, type }: UploadChecksum,
  parts: readonly Pick<ManifestPart, 'checksum' | 'size'>[],
): Promise<Checksum> {
  if (type === 'FULL_OBJECT' && isCrc(algorithm)) {
    const value = combineCrcs(
      algorithm,
      parts.map(({ checksum, size }) => ({ value: checksum, size })),
    )
    return { algorithm, type, value }
  }
  const digests = Buffer.concat(parts.map((part) => Buffer.from(part.checksum, 'base64')))
  const { checksums } = await digestsOf(digests, [algorithm])
  return { algorithm, type, value: `${checksums.get(algorithm) ?? ''}-${parts.length}` }
}
