// StopReplicationToReplica: a replica becomes a secret of its own, with its own versions under its own key.
import { transact } from '#storage/transact.ts'
import { invalidRequest } from '../errors.ts'
import type { SecretsOperation } from '../model.ts'
import {
  keyOf,
  openVersion,
  putSecret,
  requireSecret,
  sealVersion,
  secretArn,
  secrets,
  secretVersions,
  versionKey,
} from '../secret.ts'

export const stopReplicationToReplica: SecretsOperation<'StopReplicationToReplica'> = async (deps, input, context) => {
  const replica = await requireSecret(deps.store, context, input.SecretId)
  const { primaryRegion, ...own } = replica
  if (primaryRegion === undefined) throw invalidRequest('You can only stop replication of a replica secret.')
  await transact(deps.store, async (transaction) => {
    const primary = (await secrets.get(transaction, keyOf({ ...replica, region: primaryRegion })))?.value
    for (const id of new Set(Object.values(own.stages))) {
      const version = (await secretVersions.get(transaction, versionKey(replica, id)))?.value
      if (version === undefined) continue
      const value = await openVersion(deps, context, replica, version)
      const sealed = await sealVersion(deps, context, own, id, value)
      if (sealed !== undefined)
        await secretVersions.set(transaction, versionKey(own, id), { ...sealed, createdMs: version.createdMs })
    }
    await secrets.set(transaction, keyOf(own), own)
    if (primary?.id === replica.id)
      await putSecret(transaction, {
        ...primary,
        replicas: (primary.replicas ?? []).filter(({ region }) => region !== own.region),
      })
  })
  return { ARN: secretArn(own) }
}
