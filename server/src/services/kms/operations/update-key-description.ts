// UpdateKeyDescription: says anew what a key is for.
import { validation } from '../errors.ts'
import { changeKey } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const updateKeyDescription: KmsOperation<'UpdateKeyDescription'> = async (deps, input, context) => {
  const description = input.Description ?? ''
  if (description.length > 8192) throw validation('The description is longer than 8192 characters.')
  await changeKey(deps, context, input.KeyId, (record) => ({ ...record, description }))
  return {}
}
