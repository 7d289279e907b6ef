// Decrypt: decrypts what Encrypt or a data key operation made.
import { keyArn } from '#identity/vault/key-record.ts'
import { kmsError } from '../errors.ts'
import { decryptUnder } from '../symmetric.ts'
import type { KmsOperation } from '../model.ts'

export const decrypt: KmsOperation<'Decrypt'> = async (deps, input, context) => {
  const found = await decryptUnder(deps, context, {
    ciphertext: input.CiphertextBlob,
    algorithm: input.EncryptionAlgorithm,
    keyId: input.KeyId,
    encryptionContext: input.EncryptionContext,
  })
  if (input.DryRun === true)
    throw kmsError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
  return {
    Plaintext: found.plaintext,
    KeyId: keyArn(found.record),
    EncryptionAlgorithm: input.EncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
  }
}
