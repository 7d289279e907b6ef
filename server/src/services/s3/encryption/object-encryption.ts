// How the bytes of an object are encrypted at rest, as its record has it. Each object has a data key of its own (each part of
// a multipart object one that is derived from it); here stands that key as only its keeper can read it:
// - `s3` (SSE-S3): the server itself seals one key for a series of objects, from which, with the salt of each, its own is
//   derived;
// - `kms` (SSE-KMS): wrapped by a KMS key in the vault; with a bucket key, by a key that the KMS key wraps; the key of a second
//   layer (DSSE-KMS) in the same way;
// - `customer` (SSE-C): wrapped by a key that comes with each request and is not kept.

export type ObjectEncryption =
  /** Without a salt, from before there were series, `wrapped` is the object's own key. */
  | { readonly kind: 's3'; readonly wrapped: string; readonly salt?: string }
  | {
      readonly kind: 'kms'
      readonly keyArn: string
      readonly wrapped: string
      /** The key of the second layer. */
      readonly outer?: string
      /** It is the key behind alias/aws/s3. */
      readonly managed?: true
      /** The id of the bucket key, where one is between the KMS key and this object. */
      readonly bucketKey?: string
      /** What was bound to `wrapped`; not there with a bucket key. */
      readonly context?: Readonly<Record<string, string>>
    }
  | { readonly kind: 'customer'; readonly wrapped: string; readonly keyMd5: string }

/** The members of answers that tell it. */
export interface EncryptionOutput {
  readonly ServerSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse'
  readonly SSEKMSKeyId?: string
  readonly BucketKeyEnabled?: true
  readonly SSECustomerAlgorithm?: 'AES256'
  readonly SSECustomerKeyMD5?: string
}

/** What clients are told of an object's encryption; nothing for objects from before encryption. */
export function encryptionOutput(encryption: ObjectEncryption | undefined): EncryptionOutput {
  switch (encryption?.kind) {
    case undefined:
      return {}
    case 's3':
      return { ServerSideEncryption: 'AES256' }
    case 'kms':
      return {
        ServerSideEncryption: encryption.outer === undefined ? 'aws:kms' : 'aws:kms:dsse',
        SSEKMSKeyId: encryption.keyArn,
        ...(encryption.bucketKey !== undefined && { BucketKeyEnabled: true }),
      }
    case 'customer':
      return { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: encryption.keyMd5 }
  }
}
