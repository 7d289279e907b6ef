// UpdateSecretVersionStage: moves a stage from one version to another.
import { invalidParameter, notFound } from '../errors.ts'
import { CURRENT, changeSecret, secretArn, secretVersions, versionKey, withoutStage, withStages } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const updateSecretVersionStage: SecretsOperation<'UpdateSecretVersionStage'> = async (deps, input, context) => {
  const stage = input.VersionStage ?? ''
  const record = await changeSecret(deps, context, input.SecretId, async (found, transaction) => {
    const { MoveToVersionId: to, RemoveFromVersionId: from } = input
    const holder = found.stages[stage]
    if (from !== undefined && holder !== from)
      throw invalidParameter(`The staging label ${stage} is not attached to version ${from}.`)
    if (to !== undefined && holder !== undefined && holder !== to && from === undefined)
      throw invalidParameter(
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
      )
    if (to === undefined) {
      if (stage === CURRENT) throw invalidParameter('You can move the staging label AWSCURRENT, but not remove it.')
      return withoutStage(found, stage)
    }
    if ((await secretVersions.get(transaction, versionKey(found, to))) === undefined)
      throw notFound(`Secrets Manager can't find the specified secret version: ${to}`)
    return { ...found, stages: withStages(found, to, [stage]) }
  })
  return { ARN: secretArn(record), Name: record.name }
}
