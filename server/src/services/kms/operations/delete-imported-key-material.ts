// DeleteImportedKeyMaterial: takes the material from a key; the same can be imported again.
import { keyArn } from '#identity/vault/key-record.ts'
import { requireExternal, withoutMaterial } from '../import.ts'
import { changeKey, refusePendingDeletion } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const deleteImportedKeyMaterial: KmsOperation<'DeleteImportedKeyMaterial'> = async (deps, input, context) => {
  const record = await changeKey(deps, context, input.KeyId, (found) => {
    requireExternal(found)
    refusePendingDeletion(found)
    return withoutMaterial(found)
  })
  return { KeyId: keyArn(record) }
}
