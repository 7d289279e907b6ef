// Decrypt: decrypts what Encrypt or a data key operation made.
import { keyArn } from '#identity/vault/key-record.ts'
import { endDryRun } from '../dry-run.ts'
import { decryptUnder } from '../symmetric.ts'
import type { KmsOperation } from '../model.ts'

export const decrypt: KmsOperation<'Decrypt'> = async (deps, input, context) => {
  const found = await decryptUnder(deps, context, {
    ciphertext: input.CiphertextBlob,
    algorithm: input.EncryptionAlgorithm,
    keyId: input.KeyId,
    encryptionContext: input.EncryptionContext,
  })
  endDryRun(input)
  return {
    Plaintext: found.plaintext,
    KeyId: keyArn(found.record),
    EncryptionAlgorithm: input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
  }
}
