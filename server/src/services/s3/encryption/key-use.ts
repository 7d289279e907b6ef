// May the caller use the KMS key of an object? Writing needs kms:GenerateDataKey, reading kms:Decrypt, both asked as a request
// that comes through S3. The key behind alias/aws/s3 is for everybody in its own account. Source: S3 user guide, "Using
// server-side encryption with AWS KMS keys", "Permissions"; KMS developer guide, "kms:ViaService".
import type { RequestContext } from '#protocol/operation.ts'
import type { BucketRecord } from '../bucket.ts'
import { s3Error } from '../errors.ts'
import type { ObjectEncryption } from './object-encryption.ts'

type KeyAction = 'kms:GenerateDataKey' | 'kms:Decrypt'

/** Throws AccessDenied. Encryption without KMS needs no permission. */
export async function requireKeyUse(
  context: RequestContext,
  { account, region }: Pick<BucketRecord, 'account' | 'region'>,
  action: KeyAction,
  encryption: ObjectEncryption | undefined,
): Promise<void> {
  if (encryption?.kind !== 'kms' || context.permits === undefined) return
  const caller = 'account' in context.principal ? context.principal.account : undefined
  if (encryption.managed === true && caller === account) return
  const bound = Object.entries(encryption.context ?? {}).map(([name, value]) => [
    `kms:EncryptionContext:${name}`,
    value,
  ])
  const allowed = await context.permits(action, encryption.keyArn, {
    'kms:ViaService': `s3.${region}.amazonaws.com`,
    'kms:CallerAccount': caller,
    ...Object.fromEntries(bound),
  })
  if (!allowed)
    throw s3Error('AccessDenied', {
      message: `Access Denied: the caller is not authorized to perform ${action} on the resource ${encryption.keyArn}`,
    })
}
