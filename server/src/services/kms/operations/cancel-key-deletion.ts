// CancelKeyDeletion: keeps a key that was to be deleted; it is disabled.
import { keyArn } from '#identity/vault/key-record.ts'
import { kmsError } from '../errors.ts'
import { changeKey } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const cancelKeyDeletion: KmsOperation<'CancelKeyDeletion'> = async (deps, input, context) => {
  const record = await changeKey(deps, context, input.KeyId, (found) => {
    if (found.state.kind !== 'pending-deletion')
      throw kmsError('KMSInvalidStateException', `${keyArn(found)} is not pending deletion.`)
    return { ...found, state: { kind: found.versions.length === 0 ? 'pending-import' : 'disabled' } }
  })
  return { KeyId: keyArn(record) }
}
