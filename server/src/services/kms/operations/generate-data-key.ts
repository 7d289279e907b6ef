// GenerateDataKey: a key for data, plain and encrypted.
import { endDryRun } from '../dry-run.ts'
import { toldByKms } from '../errors.ts'
import { dataKeyBytes } from '../symmetric.ts'
import type { KmsOperation } from '../model.ts'

export const generateDataKey: KmsOperation<'GenerateDataKey'> = async (deps, input, context) => {
  const bytes = dataKeyBytes(input)
  const made = await toldByKms(() =>
    deps.vault.generateDataKey(context, input.KeyId ?? '', input.EncryptionContext ?? {}, bytes),
  )
  endDryRun(input)
  return { CiphertextBlob: made.wrapped, Plaintext: made.plaintext, KeyId: made.keyArn }
}
