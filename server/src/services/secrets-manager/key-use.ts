// May the caller use the key of a secret? Source: Secrets Manager user guide, "Secret encryption and decryption".
import { type KeyAction, type KeyInUse, refusedKeyUse } from '#protocol/key-use.ts'
import type { RequestContext } from '#protocol/operation.ts'
import { secretsError } from './errors.ts'

/** Throws AccessDeniedException. */
export async function requireKeyUse(
  context: RequestContext,
  actions: readonly KeyAction[],
  key: Omit<KeyInUse, 'service'>,
): Promise<void> {
  if ((await refusedKeyUse(context, actions, { ...key, service: 'secretsmanager' })) !== undefined)
    throw secretsError('AccessDeniedException', 'Access to KMS is not allowed')
}
