// Grants: permissions on one key for one principal, given and taken without touching the key's policy. For the evaluator
// they are statements of the key's policy.
import type { KeyRecord } from '#identity/vault/key-record.ts'
import { Collection, jsonCodec } from '#storage/collection.ts'
import type { Store } from '#storage/store.ts'
import { type Reader, transact } from '#storage/transact.ts'
import { kmsError, validation } from './errors.ts'
import { GRANTS_ENDED_AT_ONCE, GRANTS_PER_KEY_MAX } from './limits.ts'

export interface GrantRecord {
  readonly grantId: string
  readonly token: string
  readonly account: string
  readonly region: string
  readonly keyId: string
  readonly grantee: string
  readonly retiring?: string
  readonly operations: readonly string[]
  readonly name?: string
  readonly contextEquals?: Readonly<Record<string, string>>
  readonly contextSubset?: Readonly<Record<string, string>>
  readonly createdMs: number
  readonly issuer: string
}

/** Key: [account, region, keyId, grantId]. Indexes: `token`: [token]; `retiring`: [account, region, principal]. */
export const grants = new Collection<GrantRecord>({
  name: 'kms.grants',
  codec: jsonCodec<GrantRecord>(1),
  indexes: {
    token: ({ token }) => [[token]],
    retiring: ({ account, region, retiring }) => (retiring === undefined ? [] : [[account, region, retiring]]),
  },
})

type KeyPlace = Pick<KeyRecord, 'account' | 'region' | 'keyId'>

export async function grantsOf(reader: Reader, { account, region, keyId }: KeyPlace): Promise<readonly GrantRecord[]> {
  const found = await grants.list(reader, { prefix: [account, region, keyId] }, { limit: GRANTS_PER_KEY_MAX })
  return found.map(({ value }) => value)
}

/** Adds the grant, unless `isSame` is true of one that is there: then that one is answered. Throws LimitExceededException. */
export function addGrant(
  store: Store,
  grant: GrantRecord,
  isSame: (other: GrantRecord) => boolean,
): Promise<GrantRecord> {
  const { account, region, keyId, grantId } = grant
  return transact(store, async (transaction) => {
    const others = await grantsOf(transaction, grant)
    const same = others.find(isSame)
    if (same !== undefined) return same
    if (others.length >= GRANTS_PER_KEY_MAX)
      throw kmsError('LimitExceededException', `A key can have ${GRANTS_PER_KEY_MAX} grants. Retire or revoke some.`)
    await grants.set(transaction, [account, region, keyId, grantId], grant)
    return grant
  })
}

/** False when it is gone already. */
export function endGrant(store: Store, { account, region, keyId, grantId }: GrantRecord): Promise<boolean> {
  const key = [account, region, keyId, grantId]
  return transact(store, async (transaction) => {
    if ((await grants.get(transaction, key)) === undefined) return false
    await grants.delete(transaction, key)
    return true
  })
}

/** Some at a time, as all of them may be too many for one commit. For a key that can have no new ones. */
export async function endGrantsOf(store: Store, { account, region, keyId }: KeyPlace): Promise<void> {
  const some = { limit: GRANTS_ENDED_AT_ONCE }
  for (let ended = some.limit; ended === some.limit;)
    ended = await transact(store, async (transaction) => {
      const found = await grants.list(transaction, { prefix: [account, region, keyId] }, some)
      for (const { key } of found) await grants.delete(transaction, key)
      return found.length
    })
}

/** The grants of a key as one policy document; undefined when it has none. */
export function grantsAsPolicy(found: readonly GrantRecord[]): string | undefined {
  if (found.length === 0) return undefined
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: found.map((grant) => ({
      Sid: `grant ${grant.grantId}`,
      Effect: 'Allow',
      Principal: { AWS: grant.grantee },
      Action: grant.operations.map((operation) => `kms:${operation}`),
      Resource: '*',
      ...conditionOf(grant),
    })),
  })
}

function conditionOf({ contextEquals, contextSubset }: GrantRecord) {
  const pairs = Object.entries(contextEquals ?? contextSubset ?? {})
  if (pairs.length === 0) return {}
  const StringEquals = Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, value]))
  return {
    Condition: {
      StringEquals,
      ...(contextEquals !== undefined && {
        'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': pairs.map(([name]) => name) },
      }),
    },
  }
}

const OPERATIONS = new Set([
  'CreateGrant',
  'Decrypt',
  'DescribeKey',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'GetPublicKey',
  'ReEncryptFrom',
  'ReEncryptTo',
  'RetireGrant',
  'Sign',
  'Verify',
  'VerifyMac',
])

/** Throws ValidationException for what cannot be granted. */
export function checkGrantOperations(operations: readonly string[] | undefined): readonly string[] {
  const bad = operations?.find((one) => !OPERATIONS.has(one))
  if (operations === undefined || operations.length === 0 || bad !== undefined)
    throw validation(
      `1 validation error detected: Value '[${(operations ?? []).join(', ')}]' at 'operations' failed to satisfy constraint: Member must satisfy enum value set`,
    )
  return operations
}

export function showGrant(grant: GrantRecord) {
  const { contextEquals, contextSubset } = grant
  return {
    KeyId: `arn:aws:kms:${grant.region}:${grant.account}:key/${grant.keyId}`,
    GrantId: grant.grantId,
    Name: grant.name ?? '',
    CreationDate: new Date(grant.createdMs),
    GranteePrincipal: grant.grantee,
    ...(grant.retiring !== undefined && { RetiringPrincipal: grant.retiring }),
    IssuingAccount: grant.issuer,
    // Checked when the grant was made.
    Operations: [...grant.operations] as 'Decrypt'[],
    ...((contextEquals ?? contextSubset) !== undefined && {
      Constraints: {
        ...(contextEquals !== undefined && { EncryptionContextEquals: contextEquals }),
        ...(contextSubset !== undefined && { EncryptionContextSubset: contextSubset }),
      },
    }),
  }
}
