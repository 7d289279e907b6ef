// GetKeyPolicy: the policy of a key.
import { notFound } from '../errors.ts'
import { requireKeyById } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const getKeyPolicy: KmsOperation<'GetKeyPolicy'> = async (deps, input, context) => {
  const record = await requireKeyById(deps, context, input.KeyId)
  if ((input.PolicyName ?? 'default') !== 'default') throw notFound('No such policy exists')
  return { Policy: record.policy, PolicyName: 'default' }
}
