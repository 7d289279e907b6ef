// Sign: a signature with the private half of a key pair.
import { keyArn } from '#identity/vault/key-record.ts'
import { endDryRun } from '../dry-run.ts'
import { requireKey } from '../keys.ts'
import { privateKeyOf, requireAlgorithm, requireUsable, signMessage } from '../pair.ts'
import type { KmsOperation } from '../model.ts'

export const sign: KmsOperation<'Sign'> = async (deps, input, context) => {
  const record = await requireUsable(await requireKey(deps, context, input.KeyId), 'SIGN_VERIFY')
  const algorithm = requireAlgorithm(record, input.SigningAlgorithm, 'signing')
  const message = input.Message ?? Buffer.alloc(0)
  const Signature = signMessage(privateKeyOf(deps, record), { algorithm, message, type: input.MessageType })
  endDryRun(input)
  return { KeyId: keyArn(record), Signature, SigningAlgorithm: input.SigningAlgorithm }
}
