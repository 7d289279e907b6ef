// GetResourcePolicy: who else may use a secret.
import { requireSecret, secretArn } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const getResourcePolicy: SecretsOperation<'GetResourcePolicy'> = async (deps, input, context) => {
  const record = await requireSecret(deps.store, context, input.SecretId)
  return {
    ARN: secretArn(record),
    Name: record.name,
    ...(record.policy !== undefined && { ResourcePolicy: record.policy }),
  }
}
