// Keys that customers provide with each request (SSE-C). Source: S3 user guide, "Using server-side encryption with
// customer-provided keys (SSE-C)"; error texts as the service words them.
import { hash } from 'node:crypto'
import { invalidArgument, s3Error } from '../errors.ts'

export interface CustomerKey {
  readonly key: Buffer
  /** Base64, as the client sent it. */
  readonly md5: string
}

/** The three headers. */
export interface CustomerKeyHeaders {
  readonly algorithm?: string | undefined
  readonly key?: string | undefined
  readonly md5?: string | undefined
}

const KEY_BYTES = 32
const ALGORITHM = 'x-amz-server-side-encryption-customer-algorithm'
const PREFIX = 'Requests specifying Server Side Encryption with Customer provided keys must provide '

/** The key of a request; undefined when it brings none. Throws InvalidArgument, InvalidEncryptionAlgorithmError. */
export function parseCustomerKey({ algorithm, key, md5 }: CustomerKeyHeaders): CustomerKey | undefined {
  if (algorithm === undefined && key === undefined && md5 === undefined) return undefined
  if (algorithm === undefined) throw invalidArgument(ALGORITHM, 'null', `${PREFIX}a valid encryption algorithm.`)
  if (algorithm !== 'AES256')
    throw s3Error('InvalidEncryptionAlgorithmError', {
      fields: { ArgumentName: ALGORITHM, ArgumentValue: algorithm },
    })
  if (key === undefined)
    throw invalidArgument('x-amz-server-side-encryption', 'null', `${PREFIX}an appropriate secret key.`)
  if (md5 === undefined)
    throw invalidArgument(
      'x-amz-server-side-encryption',
      'null',
      `${PREFIX}the client calculated MD5 of the secret key.`,
    )
  const bytes = Buffer.from(key, 'base64')
  if (bytes.length !== KEY_BYTES)
    throw invalidArgument(
      'x-amz-server-side-encryption',
      'null',
      'The secret key was invalid for the specified algorithm.',
    )
  if (hash('md5', bytes, 'base64') !== md5)
    throw invalidArgument(
      'x-amz-server-side-encryption',
      'null',
      'The calculated MD5 hash of the key did not match the hash that was provided.',
    )
  return { key: bytes, md5 }
}
