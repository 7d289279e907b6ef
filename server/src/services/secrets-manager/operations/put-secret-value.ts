// PutSecretValue: another value for a secret; it is the current one unless stages are given.
import { putVersion } from '../put-version.ts'
import { CURRENT, secretArn, stagesOf } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const putSecretValue: SecretsOperation<'PutSecretValue'> = async (deps, input, context) => {
  const { record, versionId } = await putVersion(deps, context, input.SecretId, {
    SecretString: input.SecretString,
    SecretBinary: input.SecretBinary,
    token: input.ClientRequestToken,
    stages: input.VersionStages ?? [CURRENT],
  })
  return { ARN: secretArn(record), Name: record.name, VersionId: versionId, VersionStages: stagesOf(record, versionId) }
}
