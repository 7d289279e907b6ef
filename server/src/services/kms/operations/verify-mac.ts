// VerifyMac: whether a code authenticates a message.
import { keyArn } from '#identity/vault/key-record.ts'
import { endDryRun } from '../dry-run.ts'
import { kmsError } from '../errors.ts'
import { requireKey } from '../keys.ts'
import { isSameMac, macOf, requireAlgorithm, requireUsable } from '../pair.ts'
import type { KmsOperation } from '../model.ts'

export const verifyMac: KmsOperation<'VerifyMac'> = async (deps, input, context) => {
  const record = await requireUsable(await requireKey(deps, context, input.KeyId), 'GENERATE_VERIFY_MAC')
  const algorithm = requireAlgorithm(record, input.MacAlgorithm, 'mac')
  if (!isSameMac(macOf(deps, record, algorithm, input.Message ?? Buffer.alloc(0)), input.Mac ?? Buffer.alloc(0)))
    throw kmsError('KMSInvalidMacException', 'The MAC is not one of this key and message.')
  endDryRun(input)
  return { KeyId: keyArn(record), MacValid: true, MacAlgorithm: input.MacAlgorithm }
}
