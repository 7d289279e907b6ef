// EnableKey: lets a key be used.
import { changeKey, refusePendingDeletion, refusePendingImport } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const enableKey: KmsOperation<'EnableKey'> = async (deps, input, context) => {
  await changeKey(deps, context, input.KeyId, (record) => {
    refusePendingDeletion(record)
    refusePendingImport(record)
    return { ...record, state: { kind: 'enabled' } }
  })
  return {}
}
