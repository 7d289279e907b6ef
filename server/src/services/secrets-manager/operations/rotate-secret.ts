// RotateSecret: sets how a secret rotates, and begins a rotation: at once, or only with a test of the function.
import { secretsError, invalidRequest } from '../errors.ts'
import type { SecretsOperation } from '../model.ts'
import { versionIdOf } from '../put-version.ts'
import { beginRotation, pendingVersion } from '../rotation.ts'
import { nextRotationMs, readRules } from '../rotation-rules.ts'
import { changeSecret, requireSecret, secretArn } from '../secret.ts'

export const rotateSecret: SecretsOperation<'RotateSecret'> = async (deps, input, context) => {
  const rules = readRules(input.RotationRules)
  const token = versionIdOf(input.ClientRequestToken)
  const before = await requireSecret(deps.store, context, input.SecretId)
  const functionArn = input.RotationLambdaARN ?? before.rotation?.functionArn
  if (functionArn === undefined) throw invalidRequest('No Lambda rotation function ARN is associated with this secret.')
  const refusal = await deps.refusal({ functionArn, secretArn: secretArn(before), account: before.account })
  if (refusal !== undefined)
    throw secretsError(
      'AccessDeniedException',
      `Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com. (${refusal})`,
    )
  const nowMs = deps.clock.nowMs()
  const record = await changeSecret(deps, context, input.SecretId, (found, transaction) => {
    const pending = pendingVersion(found)
    // The same request, sent again.
    if (pending === token) return found
    if (pending !== undefined)
      throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.")
    const applied = rules ?? found.rotation?.rules ?? {}
    const nextMs = nextRotationMs(applied, nowMs)
    const { lastMs } = found.rotation ?? {}
    const rotation = {
      enabled: true,
      functionArn,
      rules: applied,
      ...(lastMs !== undefined && { lastMs }),
      ...(nextMs !== undefined && { nextMs }),
    }
    const isTrial = input.RotateImmediately === false
    return beginRotation(transaction, { ...found, rotation }, { token, isTrial, nowMs })
  })
  return { ARN: secretArn(record), Name: record.name, VersionId: token }
}
