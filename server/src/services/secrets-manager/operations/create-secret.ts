// CreateSecret: a secret, with its first version if a value is given.
import { randomHex } from '#base/ids.ts'
import { transact } from '#storage/transact.ts'
import { invalidRequest, secretsError } from '../errors.ts'
import { readReplicas, showReplicas, withReplicas } from '../replicas.ts'
import { versionIdOf } from '../put-version.ts'
import {
  CURRENT,
  type SecretRecord,
  checkName,
  keyOf,
  putSecret,
  sealVersion,
  secretArn,
  secretVersions,
  secrets,
  versionKey,
  withTags,
} from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const createSecret: SecretsOperation<'CreateSecret'> = async (deps, input, context) => {
  const { account, region } = context
  const name = checkName(input.Name)
  const nowMs = deps.clock.nowMs()
  const versionId = versionIdOf(input.ClientRequestToken)
  const record: SecretRecord = {
    account,
    region,
    name,
    id: `${name}-${randomHex(3)}`,
    tags: withTags([], input.Tags),
    createdMs: nowMs,
    changedMs: nowMs,
    stages: {},
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.KmsKeyId !== undefined && { keyId: input.KmsKeyId }),
  }
  const replicas = readReplicas(record, input.AddReplicaRegions)
  const sealed = await sealVersion(deps, context, record, versionId, input)
  const made = await transact(deps.store, async (transaction) => {
    const found = (await secrets.get(transaction, keyOf(record)))?.value
    if (found?.deletedMs !== undefined)
      throw invalidRequest(
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      )
    if (found !== undefined) {
      // The same request, sent again.
      if (input.ClientRequestToken !== undefined && found.stages[CURRENT] === versionId) return found
      throw secretsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`)
    }
    const made = { ...record, stages: sealed === undefined ? {} : { [CURRENT]: versionId } }
    const next =
      replicas.length === 0
        ? made
        : await withReplicas(transaction, made, replicas, input.ForceOverwriteReplicaSecret ?? false)
    await putSecret(transaction, next)
    if (sealed !== undefined) await secretVersions.set(transaction, versionKey(record, versionId), sealed)
    return next
  })
  return {
    ARN: secretArn(made),
    Name: name,
    ...(sealed !== undefined && { VersionId: versionId }),
    ...(made.replicas !== undefined && { ReplicationStatus: showReplicas(made) }),
  }
}
