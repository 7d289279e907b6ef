// GenerateDataKeyWithoutPlaintext: a key for data, encrypted only.
import { endDryRun } from '../dry-run.ts'
import { toldByKms } from '../errors.ts'
import { dataKeyBytes } from '../symmetric.ts'
import type { KmsOperation } from '../model.ts'

export const generateDataKeyWithoutPlaintext: KmsOperation<'GenerateDataKeyWithoutPlaintext'> = async (
  deps,
  input,
  context,
) => {
  const bytes = dataKeyBytes(input)
  const made = await toldByKms(() =>
    deps.vault.generateDataKey(context, input.KeyId ?? '', input.EncryptionContext ?? {}, bytes),
  )
  endDryRun(input)
  return { CiphertextBlob: made.wrapped, KeyId: made.keyArn }
}
