// GenerateMac: the code that authenticates a message.
import { keyArn } from '#identity/vault/key-record.ts'
import { endDryRun } from '../dry-run.ts'
import { requireKey } from '../keys.ts'
import { macOf, requireAlgorithm, requireUsable } from '../pair.ts'
import type { KmsOperation } from '../model.ts'

export const generateMac: KmsOperation<'GenerateMac'> = async (deps, input, context) => {
  const record = await requireUsable(await requireKey(deps, context, input.KeyId), 'GENERATE_VERIFY_MAC')
  const algorithm = requireAlgorithm(record, input.MacAlgorithm, 'mac')
  const Mac = macOf(deps, record, algorithm, input.Message ?? Buffer.alloc(0))
  endDryRun(input)
  return { KeyId: keyArn(record), Mac, MacAlgorithm: input.MacAlgorithm }
}
