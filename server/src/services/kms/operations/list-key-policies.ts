// ListKeyPolicies: the names of the policies of a key: there is one.
import { requireKeyById } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const listKeyPolicies: KmsOperation<'ListKeyPolicies'> = async (deps, input, context) => {
  await requireKeyById(deps, context, input.KeyId)
  return { PolicyNames: ['default'], Truncated: false }
}
