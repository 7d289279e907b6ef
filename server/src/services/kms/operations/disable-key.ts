// DisableKey: keeps a key from being used; nothing of it is lost.
import { changeKey, refusePendingDeletion, refusePendingImport } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const disableKey: KmsOperation<'DisableKey'> = async (deps, input, context) => {
  await changeKey(deps, context, input.KeyId, (record) => {
    refusePendingDeletion(record)
    refusePendingImport(record)
    return { ...record, state: { kind: 'disabled' } }
  })
  return {}
}
