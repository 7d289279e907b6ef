// RestoreSecret: takes a deletion back.
import { changeSecret, secretArn } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const restoreSecret: SecretsOperation<'RestoreSecret'> = async (deps, input, context) => {
  const record = await changeSecret(
    deps,
    context,
    input.SecretId,
    ({ deletedMs: _deleted, goneMs: _gone, ...found }) => found,
    true,
  )
  return { ARN: secretArn(record), Name: record.name }
}
