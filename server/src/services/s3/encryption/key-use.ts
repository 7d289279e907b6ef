// May the caller use the KMS key of an object? Writing needs kms:GenerateDataKey, reading kms:Decrypt. Source: S3 user guide,
// "Using server-side encryption with AWS KMS keys", "Permissions".
import { type KeyAction, refusedKeyUse } from '#protocol/key-use.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { s3Error } from '../errors.ts'
import type { ObjectEncryption } from './object-encryption.ts'

/** Throws AccessDenied. Encryption without KMS needs no permission. */
export async function requireKeyUse(
  context: RequestContext,
  action: KeyAction,
  encryption: ObjectEncryption | undefined,
): Promise<void> {
  if (encryption?.kind !== 'kms') return
  const { keyArn, managed = false, context: bound = {} } = encryption
  const refused = await refusedKeyUse(context, [action], { service: 's3', keyArn, managed, bound })
  if (refused !== undefined)
    throw s3Error('AccessDenied', {
      message: `Access Denied: the caller is not authorized to perform ${action} on the resource ${keyArn}`,
    })
}
