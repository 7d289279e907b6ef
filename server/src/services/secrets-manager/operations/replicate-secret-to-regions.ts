// ReplicateSecretToRegions: the secret can be read in other regions as well.
import { invalidParameter } from '../errors.ts'
import type { SecretsOperation } from '../model.ts'
import { readReplicas, showReplicas, withReplicas } from '../replicas.ts'
import { changeSecret, secretArn } from '../secret.ts'

export const replicateSecretToRegions: SecretsOperation<'ReplicateSecretToRegions'> = async (deps, input, context) => {
  if ((input.AddReplicaRegions ?? []).length === 0) throw invalidParameter('AddReplicaRegions must not be empty.')
  const record = await changeSecret(deps, context, input.SecretId, (found, transaction) =>
    withReplicas(
      transaction,
      found,
      readReplicas(found, input.AddReplicaRegions),
      input.ForceOverwriteReplicaSecret ?? false,
    ),
  )
  return { ARN: secretArn(record), ReplicationStatus: showReplicas(record) }
}
