// GetPublicKey: the public half of a key pair.
import { keyArn } from '#identity/vault/key-record.ts'
import { unsupported } from '../errors.ts'
import { requireKey, showKey } from '../keys.ts'
import { requireUsable } from '../pair.ts'
import type { KmsOperation } from '../model.ts'

export const getPublicKey: KmsOperation<'GetPublicKey'> = async (deps, input, context) => {
  const record = await requireKey(deps, context, input.KeyId)
  if (record.publicKey === undefined) throw unsupported(`${keyArn(record)} is not a key pair: it has no public key.`)
  await requireUsable(record, record.usage)
  const { EncryptionAlgorithms, SigningAlgorithms, KeyAgreementAlgorithms, KeySpec } = showKey(record)
  return {
    KeyId: keyArn(record),
    PublicKey: Buffer.from(record.publicKey, 'base64'),
    KeySpec,
    CustomerMasterKeySpec: KeySpec,
    KeyUsage: record.usage,
    ...(EncryptionAlgorithms !== undefined && { EncryptionAlgorithms }),
    ...(SigningAlgorithms !== undefined && { SigningAlgorithms }),
    ...(KeyAgreementAlgorithms !== undefined && { KeyAgreementAlgorithms }),
  }
}
