// DescribeKey: a key and its state.
import { requireKey, showKey } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const describeKey: KmsOperation<'DescribeKey'> = async (deps, input, context) => {
  return { KeyMetadata: showKey(await requireKey(deps, context, input.KeyId)) }
}
