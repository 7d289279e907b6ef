// What else a client may declare about a buffered body: Content-MD5 and x-amz-checksum-*. Streamed bodies are checked by
// the service that hashes them anyway.
import { createHasher, type ChecksumAlgorithm } from '#identity/checksums.ts'
import { AwsError } from '#protocol/errors.ts'
import type { Headers } from './http/headers.ts'

const CHECKSUM_HEADERS: readonly (readonly [string, ChecksumAlgorithm])[] = [
  ['x-amz-checksum-crc32', 'CRC32'],
  ['x-amz-checksum-crc32c', 'CRC32C'],
  ['x-amz-checksum-crc64nvme', 'CRC64NVME'],
  ['x-amz-checksum-sha1', 'SHA1'],
  ['x-amz-checksum-sha256', 'SHA256'],
]

/** Here x-amz-checksum-* speaks of the object that the request makes, not of its body (API page of the operation). */
const SPEAKS_OF_OBJECT = 'CompleteMultipartUpload'

/** What comes with a body that is wholly there. */
export interface Declared {
  readonly headers: Headers
  /** The fields after a chunked body. */
  readonly trailers?: ReadonlyMap<string, string> | undefined
  readonly operation: string | undefined
}

/** Holds a body to its declared digests. Throws InvalidDigest or BadDigest (S3's codes). */
export function checkIntegrity(bytes: Buffer, { headers, trailers, operation }: Declared): void {
  const md5 = headers['content-md5']
  if (md5 !== undefined) {
    if (!isDigest(md5, 16))
      throw new AwsError('InvalidDigest', 400, 'The Content-MD5 you specified was invalid.', {
        fields: { 'Content-MD5': md5 },
      })
    const calculated = digest('MD5', bytes)
    if (calculated !== md5)
      throw new AwsError('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.', {
        fields: { ExpectedDigest: md5, CalculatedDigest: calculated },
      })
  }
  if (operation === SPEAKS_OF_OBJECT) return
  for (const [name, algorithm] of CHECKSUM_HEADERS) {
    const declared = headers[name] ?? trailers?.get(name)
    if (declared === undefined) continue
    if (!isDigest(declared, DIGEST_BYTES[algorithm]))
      throw new AwsError('InvalidRequest', 400, `Value for ${name} header is invalid.`)
    if (digest(algorithm, bytes) !== declared)
      throw new AwsError('BadDigest', 400, `The ${algorithm} you specified did not match the calculated checksum.`)
  }
}

const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  MD5: 16,
}

function digest(algorithm: ChecksumAlgorithm, bytes: Buffer): string {
  const hasher = createHasher(algorithm)
  hasher.update(bytes)
  return hasher.digest().toString('base64')
}

function isDigest(text: string, bytes: number): boolean {
  const decoded = Buffer.from(text, 'base64')
  return decoded.length === bytes && decoded.toString('base64') === text
}
