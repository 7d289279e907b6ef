// PutKeyPolicy: another policy for a key.
import { notFound } from '../errors.ts'
import { changeKey } from '../keys.ts'
import { checkKeyPolicy } from '../policy.ts'
import type { KmsOperation } from '../model.ts'

export const putKeyPolicy: KmsOperation<'PutKeyPolicy'> = async (deps, input, context) => {
  const policy = checkKeyPolicy(input.Policy)
  if ((input.PolicyName ?? 'default') !== 'default') throw notFound('No such policy exists')
  await changeKey(deps, context, input.KeyId, (record) => ({ ...record, policy }))
  return {}
}
