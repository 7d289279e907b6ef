// ListSecretVersionIds: the versions of a secret.
import { requireSecret, secretArn, secretVersions, stagesOf } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const listSecretVersionIds: SecretsOperation<'ListSecretVersionIds'> = async (deps, input, context) => {
  const record = await requireSecret(deps.store, context, input.SecretId, true)
  const { account, region, id } = record
  const found = await secretVersions.list(deps.store, { prefix: [account, region, id] })
  const shown = found
    .map(({ value }) => value)
    .filter((version) => input.IncludeDeprecated === true || stagesOf(record, version.id).length > 0)
  return {
    ARN: secretArn(record),
    Name: record.name,
    Versions: shown.map((version) => ({
      VersionId: version.id,
      VersionStages: stagesOf(record, version.id),
      CreatedDate: new Date(version.createdMs),
    })),
  }
}
