// Replicas of a secret in other regions. A replica is a record of its own in its region, written in every commit that changes
// the primary; its versions are the primary's, so what is current there is current everywhere at once. Source: Secrets
// Manager user guide, "Replicate AWS Secrets Manager secrets across Regions".
import type { Transaction } from '#storage/transact.ts'
import { invalidParameter, secretsError } from './errors.ts'
import { REPLICAS_MAX } from './limits.ts'
import { remove } from './removal.ts'
import { keyOf, type Replica, type SecretRecord, secrets } from './secret.ts'

interface ReplicaInput {
  readonly Region?: string | undefined
  readonly KmsKeyId?: string | undefined
}

const REGION = /^([a-z]+-)+\d+$/

/** Throws InvalidParameterException. */
export function readReplicas(
  { region }: Pick<SecretRecord, 'region'>,
  input: readonly ReplicaInput[] | undefined,
): readonly Replica[] {
  const replicas = (input ?? []).map(({ Region: to = '', KmsKeyId: keyId }) => {
    if (!REGION.test(to)) throw invalidParameter(`Invalid region: ${to}`)
    if (to === region) throw invalidParameter('Invalid replica region. Primary region cannot be a replica region.')
    return keyId === undefined ? { region: to } : { region: to, keyId }
  })
  if (new Set(replicas.map((one) => one.region)).size < replicas.length)
    throw invalidParameter('A replica region is given twice.')
  return replicas
}

/** The primary with more replicas. Throws ResourceExistsException where a secret of the name is in the way. */
export async function withReplicas(
  transaction: Transaction,
  record: SecretRecord,
  added: readonly Replica[],
  overwrite: boolean,
): Promise<SecretRecord> {
  const { account, name } = record
  for (const { region } of added) {
    const found = (await secrets.get(transaction, keyOf({ account, region, name })))?.value
    if (found === undefined || (found.id === record.id && found.primaryRegion === record.region)) continue
    if (!overwrite)
      throw secretsError(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists in ${region}.`,
      )
    await remove(transaction, found)
  }
  const regions = new Set(added.map(({ region }) => region))
  const replicas = [...(record.replicas ?? []).filter(({ region }) => !regions.has(region)), ...added]
  if (replicas.length > REPLICAS_MAX)
    throw secretsError('LimitExceededException', `A secret can have ${REPLICAS_MAX} replicas.`)
  return { ...record, replicas }
}

export function showReplicas({ replicas }: SecretRecord) {
  return (replicas ?? []).map(({ region, keyId }) => ({
    Region: region,
    KmsKeyId: keyId ?? 'alias/aws/secretsmanager',
    Status: 'InSync' as const,
  }))
}
