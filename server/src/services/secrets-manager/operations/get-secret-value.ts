// GetSecretValue: the value of a secret: the current version, or the one that is named.
import { requireSecret } from '../secret.ts'
import { valueOf } from '../value.ts'
import type { SecretsOperation } from '../model.ts'

export const getSecretValue: SecretsOperation<'GetSecretValue'> = async (deps, input, context) => {
  return valueOf(deps, context, await requireSecret(deps.store, context, input.SecretId), {
    id: input.VersionId,
    stage: input.VersionStage,
  })
}
