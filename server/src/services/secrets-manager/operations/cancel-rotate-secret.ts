// CancelRotateSecret: no more rotations. One that is under way stops; its version stays, with its stage.
import { invalidRequest } from '../errors.ts'
import type { SecretsOperation } from '../model.ts'
import { pendingVersion } from '../rotation.ts'
import { changeSecret, secretArn } from '../secret.ts'

export const cancelRotateSecret: SecretsOperation<'CancelRotateSecret'> = async (deps, input, context) => {
  const record = await changeSecret(deps, context, input.SecretId, (found) => {
    if (found.rotation === undefined || !found.rotation.enabled)
      throw invalidRequest('Rotation is not enabled for this secret.')
    const { nextMs: _next, ...rotation } = found.rotation
    return { ...found, rotation: { ...rotation, enabled: false } }
  })
  const pending = pendingVersion(record)
  return { ARN: secretArn(record), Name: record.name, ...(pending !== undefined && { VersionId: pending }) }
}
