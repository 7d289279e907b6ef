// Encrypt: encrypts a small plaintext under a key.
import { keyArn } from '#identity/vault/key-record.ts'
import { endDryRun } from '../dry-run.ts'
import { validation } from '../errors.ts'
import { requireKey } from '../keys.ts'
import { PLAINTEXT_BYTES_MAX } from '../limits.ts'
import { requireAlgorithm, requireUsable } from '../pair.ts'
import { encryptUnder } from '../symmetric.ts'
import type { KmsOperation } from '../model.ts'

export const encrypt: KmsOperation<'Encrypt'> = async (deps, input, context) => {
  const plaintext = input.Plaintext ?? Buffer.alloc(0)
  if (plaintext.length === 0 || plaintext.length > PLAINTEXT_BYTES_MAX)
    throw validation(
      `1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length ${plaintext.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${PLAINTEXT_BYTES_MAX}`}`,
    )
  const record = await requireUsable(await requireKey(deps, context, input.KeyId), 'ENCRYPT_DECRYPT')
  const algorithm = requireAlgorithm(record, input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT', 'encryption')
  endDryRun(input)
  const CiphertextBlob = await encryptUnder(deps, record, algorithm, plaintext, input.EncryptionContext)
  return {
    CiphertextBlob,
    KeyId: keyArn(record),
    EncryptionAlgorithm: input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
  }
}
