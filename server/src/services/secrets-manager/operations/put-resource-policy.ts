// PutResourcePolicy: who else may use a secret.
import { checkResourcePolicy } from '../policy.ts'
import { changeSecret, secretArn } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const putResourcePolicy: SecretsOperation<'PutResourcePolicy'> = async (deps, input, context) => {
  const policy = checkResourcePolicy(input.ResourcePolicy, input.BlockPublicPolicy ?? false)
  const record = await changeSecret(deps, context, input.SecretId, (found) => ({ ...found, policy }))
  return { ARN: secretArn(record), Name: record.name }
}
