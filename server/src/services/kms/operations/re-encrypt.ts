// ReEncrypt: encrypts under another key; the plaintext stays here.
import { keyArn } from '#identity/vault/key-record.ts'
import { endDryRun } from '../dry-run.ts'
import { requireKey } from '../keys.ts'
import { requireAlgorithm, requireUsable } from '../pair.ts'
import { decryptUnder, encryptUnder } from '../symmetric.ts'
import type { KmsOperation } from '../model.ts'

export const reEncrypt: KmsOperation<'ReEncrypt'> = async (deps, input, context) => {
  const source = await decryptUnder(deps, context, {
    ciphertext: input.CiphertextBlob,
    algorithm: input.SourceEncryptionAlgorithm,
    keyId: input.SourceKeyId,
    encryptionContext: input.SourceEncryptionContext,
  })
  const record = await requireUsable(await requireKey(deps, context, input.DestinationKeyId), 'ENCRYPT_DECRYPT')
  const algorithm = requireAlgorithm(record, input.DestinationEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT', 'encryption')
  endDryRun(input)
  return {
    CiphertextBlob: await encryptUnder(deps, record, algorithm, source.plaintext, input.DestinationEncryptionContext),
    SourceKeyId: keyArn(source.record),
    KeyId: keyArn(record),
    SourceEncryptionAlgorithm: input.SourceEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
    DestinationEncryptionAlgorithm: input.DestinationEncryptionAlgorithm ?? 'SYMMETRIC_DEFAULT',
  }
}
