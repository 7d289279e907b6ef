// DescribeSecret: a secret and its versions, without its value.
import { showSecret } from '../listing.ts'
import { showReplicas } from '../replicas.ts'
import { requireSecret, stagesOf } from '../secret.ts'
import type { SecretsOperation } from '../model.ts'

export const describeSecret: SecretsOperation<'DescribeSecret'> = async (deps, input, context) => {
  const record = await requireSecret(deps.store, context, input.SecretId, true)
  const VersionIdsToStages: Record<string, string[]> = {}
  for (const id of Object.values(record.stages)) VersionIdsToStages[id] = stagesOf(record, id)
  const replicas = record.replicas === undefined ? {} : { ReplicationStatus: showReplicas(record) }
  return { ...showSecret(record), ...replicas, VersionIdsToStages }
}
