// May the caller use the key of a parameter? Source: Systems Manager user guide, "AWS KMS encryption for AWS Systems Manager
// Parameter Store SecureString parameters".
import { type KeyAction, type KeyInUse, refusedKeyUse } from '#protocol/key-use.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { callerArn } from './caller-arn.ts'
import { ssmError } from './errors.ts'

/** Throws AccessDeniedException with KMS's sentence: who decrypts is not told whether there is such a key. */
export async function requireKeyUse(
  context: RequestContext,
  action: KeyAction,
  key: Omit<KeyInUse, 'service'>,
): Promise<void> {
  if ((await refusedKeyUse(context, [action], { ...key, service: 'ssm' })) === undefined) return
  throw ssmError(
    'AccessDeniedException',
    action === 'kms:Decrypt'
      ? 'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.'
      : `User: ${callerArn(context)} is not authorized to perform: ${action} on resource: ${key.keyArn}`,
  )
}
