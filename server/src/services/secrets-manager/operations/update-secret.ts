// UpdateSecret: other settings of a secret, and another value if one is given.
import { putVersion } from '../put-version.ts'
import { CURRENT, type SecretRecord, changeSecret, requireKey, requireSecret, secretArn } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const updateSecret: SecretsOperation<'UpdateSecret'> = async (deps, input, context) => {
  const { Description: description, KmsKeyId: keyId } = input
  const change = (record: SecretRecord): SecretRecord => ({
    ...record,
    ...(description !== undefined && { description }),
    ...(keyId !== undefined && { keyId }),
    changedMs: deps.clock.nowMs(),
  })
  if (input.SecretString === undefined && input.SecretBinary === undefined) {
    if (keyId !== undefined)
      await requireKey(deps, context, { ...(await requireSecret(deps.store, context, input.SecretId)), keyId })
    const record = await changeSecret(deps, context, input.SecretId, change)
    return { ARN: secretArn(record), Name: record.name }
  }
  const { record, versionId } = await putVersion(deps, context, input.SecretId, {
    SecretString: input.SecretString,
    SecretBinary: input.SecretBinary,
    token: input.ClientRequestToken,
    stages: [CURRENT],
    change,
  })
  return { ARN: secretArn(record), Name: record.name, VersionId: versionId }
}
