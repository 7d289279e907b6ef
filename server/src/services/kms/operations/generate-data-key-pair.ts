// GenerateDataKeyPair: a key pair for data, its private key plain and encrypted.
import { endDryRun } from '../dry-run.ts'
import { toldByKms, validation } from '../errors.ts'
import { specOf } from '../specs.ts'
import type { KmsOperation } from '../model.ts'

export const generateDataKeyPair: KmsOperation<'GenerateDataKeyPair'> = async (deps, input, context) => {
  const { material, publicKey } = await specOf(input.KeyPairSpec ?? '').make()
  if (publicKey === undefined) throw validation(`KeyPairSpec ${input.KeyPairSpec} is not a pair.`)
  const wrapped = await toldByKms(() =>
    deps.vault.encrypt(context, input.KeyId ?? '', material, input.EncryptionContext ?? {}),
  )
  endDryRun(input)
  return {
    PrivateKeyCiphertextBlob: wrapped.ciphertext,
    PrivateKeyPlaintext: material,
    PublicKey: publicKey,
    KeyId: wrapped.keyArn,
    KeyPairSpec: input.KeyPairSpec,
  }
}
