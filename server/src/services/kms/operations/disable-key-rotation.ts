// DisableKeyRotation: lets a key keep its material.
import { changeKey } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const disableKeyRotation: KmsOperation<'DisableKeyRotation'> = async (deps, input, context) => {
  await changeKey(deps, context, input.KeyId, ({ rotation: _rotation, ...record }) => record)
  return {}
}
