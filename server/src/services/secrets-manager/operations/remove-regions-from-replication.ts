// RemoveRegionsFromReplication: deletes replicas.
import { invalidParameter } from '../errors.ts'
import type { SecretsOperation } from '../model.ts'
import { showReplicas } from '../replicas.ts'
import { changeSecret, keyOf, secretArn, secrets } from '../secret.ts'

export const removeRegionsFromReplication: SecretsOperation<'RemoveRegionsFromReplication'> = async (
  deps,
  input,
  context,
) => {
  const gone = new Set(input.RemoveReplicaRegions)
  const record = await changeSecret(deps, context, input.SecretId, async (found, transaction) => {
    const { replicas = [] } = found
    for (const region of gone) {
      if (!replicas.some((replica) => replica.region === region))
        throw invalidParameter(`The secret has no replica in region ${region}.`)
      await secrets.delete(transaction, keyOf({ ...found, region }))
    }
    return { ...found, replicas: replicas.filter(({ region }) => !gone.has(region)) }
  })
  return { ARN: secretArn(record), ReplicationStatus: showReplicas(record) }
}
