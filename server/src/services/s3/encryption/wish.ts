// How a new object is to be encrypted: what its request says, else what its bucket says. Source: API page of PutObject; S3
// user guide, "Protecting data with encryption"; error texts as the service words them.
import type { BucketRecord } from '../bucket.ts'
import { invalidArgument, s3Error } from '../errors.ts'
import { SSE_S3 } from '../settings/encryption.ts'
import { type CustomerKey, parseCustomerKey } from './customer-key.ts'

export type EncryptionWish =
  | { readonly kind: 's3' }
  | {
      readonly kind: 'kms'
      /** An id, an alias or an ARN. */
      readonly key: string
      readonly bucketKey: boolean
      /** A second layer. */
      readonly dual?: true
      readonly context: Readonly<Record<string, string>>
    }
  | { readonly kind: 'customer'; readonly key: CustomerKey }

/** The inputs of PutObject, CopyObject and CreateMultipartUpload that say so. */
export interface EncryptionInput {
  readonly ServerSideEncryption?: string | undefined
  readonly SSEKMSKeyId?: string | undefined
  readonly SSEKMSEncryptionContext?: string | undefined
  readonly BucketKeyEnabled?: boolean | undefined
  readonly SSECustomerAlgorithm?: string | undefined
  readonly SSECustomerKey?: string | undefined
  readonly SSECustomerKeyMD5?: string | undefined
}

/** The key behind SSE-KMS where none is named. */
const DEFAULT_KMS_KEY = 'alias/aws/s3'
const HEADER = 'x-amz-server-side-encryption'

/** What the request alone says; undefined: as the bucket says. Throws InvalidArgument. */
export function requestedEncryption(input: EncryptionInput): EncryptionWish | 'bucket-default' {
  const customer = parseCustomerKey({
    algorithm: input.SSECustomerAlgorithm,
    key: input.SSECustomerKey,
    md5: input.SSECustomerKeyMD5,
  })
  const algorithm = input.ServerSideEncryption
  if (customer && algorithm !== undefined)
    throw invalidArgument(
      HEADER,
      algorithm,
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
    )
  const dual = algorithm === 'aws:kms:dsse'
  if (algorithm !== undefined && algorithm !== 'AES256' && algorithm !== 'aws:kms' && !dual)
    throw invalidArgument(HEADER, algorithm, 'The encryption method specified is not supported')
  if (
    algorithm !== 'aws:kms' &&
    !dual &&
    (input.SSEKMSKeyId !== undefined || input.SSEKMSEncryptionContext !== undefined)
  )
    throw invalidArgument(
      HEADER,
      algorithm ?? 'null',
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    )
  if (customer) return { kind: 'customer', key: customer }
  if (algorithm === 'AES256') return { kind: 's3' }
  if (algorithm === undefined) return 'bucket-default'
  return {
    kind: 'kms',
    key: input.SSEKMSKeyId ?? DEFAULT_KMS_KEY,
    ...(dual && { dual }),
    bucketKey: input.BucketKeyEnabled ?? false,
    context: parseContext(input.SSEKMSEncryptionContext),
  }
}

/** How the object will be encrypted in this bucket. Throws AccessDenied where customers' keys are blocked. */
export function encryptionIn(
  bucket: Pick<BucketRecord, 'encryption'>,
  requested: EncryptionWish | 'bucket-default',
  bucketKeyEnabled: boolean | undefined,
): EncryptionWish {
  const byDefault = bucket.encryption ?? SSE_S3
  if (requested === 'bucket-default') {
    if (byDefault.algorithm === 'AES256') return { kind: 's3' }
    return {
      kind: 'kms',
      ...(byDefault.algorithm === 'aws:kms:dsse' && { dual: true }),
      key: byDefault.kmsKey ?? DEFAULT_KMS_KEY,
      bucketKey: bucketKeyEnabled ?? byDefault.bucketKey,
      context: {},
    }
  }
  if (requested.kind === 'customer' && byDefault.blocksCustomerKeys === true)
    throw s3Error('AccessDenied', {
      message: 'Access Denied: SSE-C is blocked for this bucket by its encryption configuration.',
    })
  if (requested.kind !== 'kms') return requested
  return { ...requested, bucketKey: bucketKeyEnabled ?? byDefault.bucketKey }
}

/** Base64 of a JSON object of strings. */
function parseContext(header: string | undefined): Readonly<Record<string, string>> {
  if (header === undefined) return {}
  try {
    const value: unknown = JSON.parse(Buffer.from(header, 'base64').toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const pairs = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string')
      if (pairs.length === Object.keys(value).length) return Object.fromEntries(pairs)
    }
  } catch {
    // What is no JSON is answered as what is no context.
  }
  throw invalidArgument(
    `${HEADER}-context`,
    header,
    'The header x-amz-server-side-encryption-context shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map',
  )
}
