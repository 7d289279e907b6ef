// The default encryption of a bucket. Source: API page of PutBucketEncryption; S3 user guide, "Setting default server-side
// encryption behavior for Amazon S3 buckets" (every bucket has one: SSE-S3, unless another was put).
import { invalidArgument, s3Error } from '../errors.ts'

export interface DefaultEncryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse'
  /** As it was put: an id, an alias or an ARN; absent: alias/aws/s3. */
  readonly kmsKey?: string
  readonly bucketKey: boolean
  /** New objects may not be encrypted with keys that customers provide. */
  readonly blocksCustomerKeys?: true
}

export const SSE_S3: DefaultEncryption = { algorithm: 'AES256', bucketKey: false }

interface RuleInput {
  readonly ApplyServerSideEncryptionByDefault?:
    | { readonly SSEAlgorithm?: string | undefined; readonly KMSMasterKeyID?: string | undefined }
    | undefined
  readonly BucketKeyEnabled?: boolean | undefined
  readonly BlockedEncryptionTypes?: { readonly EncryptionType?: readonly string[] | undefined } | undefined
}

/** The one rule of PutBucketEncryption. Throws MalformedXML, InvalidArgument. */
export function parseDefaultEncryption(rules: readonly RuleInput[] | undefined): DefaultEncryption {
  const [rule] = rules ?? []
  if (!rule || rules?.length !== 1) throw s3Error('MalformedXML')
  const { ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: bucketKey = false } = rule
  const blocked = rule.BlockedEncryptionTypes?.EncryptionType ?? []
  if (blocked.some((name) => name !== 'SSE-C' && name !== 'NONE')) throw s3Error('MalformedXML')
  if (byDefault === undefined && rule.BlockedEncryptionTypes === undefined) throw s3Error('MalformedXML')
  const algorithm = byDefault?.SSEAlgorithm ?? 'AES256'
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse') throw s3Error('MalformedXML')
  const kmsKey = byDefault?.KMSMasterKeyID
  if (kmsKey !== undefined && algorithm === 'AES256')
    throw invalidArgument(
      'ApplyServerSideEncryptionByDefault',
      kmsKey,
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
    )
  return {
    algorithm,
    ...(kmsKey !== undefined && kmsKey !== '' && { kmsKey }),
    bucketKey,
    ...(blocked.includes('SSE-C') && { blocksCustomerKeys: true }),
  }
}
