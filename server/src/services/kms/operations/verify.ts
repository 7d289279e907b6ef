// Verify: whether a signature is one of the key.
import { keyArn } from '#identity/vault/key-record.ts'
import { endDryRun } from '../dry-run.ts'
import { requireKey } from '../keys.ts'
import { invalidSignature, publicKeyOf, requireAlgorithm, requireUsable, verifyMessage } from '../pair.ts'
import type { KmsOperation } from '../model.ts'

export const verify: KmsOperation<'Verify'> = async (deps, input, context) => {
  const record = await requireUsable(await requireKey(deps, context, input.KeyId), 'SIGN_VERIFY')
  const algorithm = requireAlgorithm(record, input.SigningAlgorithm, 'signing')
  const message = input.Message ?? Buffer.alloc(0)
  const signature = input.Signature ?? Buffer.alloc(0)
  if (!verifyMessage(publicKeyOf(record), { algorithm, message, type: input.MessageType }, signature))
    throw invalidSignature(record)
  endDryRun(input)
  return { KeyId: keyArn(record), SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm }
}
