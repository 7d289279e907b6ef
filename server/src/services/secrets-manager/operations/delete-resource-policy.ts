// DeleteResourcePolicy: leaves a secret to its own account.
import { changeSecret, secretArn } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const deleteResourcePolicy: SecretsOperation<'DeleteResourcePolicy'> = async (deps, input, context) => {
  const record = await changeSecret(deps, context, input.SecretId, ({ policy: _policy, ...found }) => found)
  return { ARN: secretArn(record), Name: record.name }
}
