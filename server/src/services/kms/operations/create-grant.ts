// CreateGrant: a permission on one key for one principal.
import { randomHex } from '#base/ids.ts'
import { transact } from '#storage/transact.ts'
import { kmsError } from '../errors.ts'
import { type GrantRecord, checkGrantOperations, grantKey, grants, grantsOf } from '../grants.ts'
import { refusePendingDeletion, requireKeyById } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const createGrant: KmsOperation<'CreateGrant'> = async (deps, input, context) => {
  const record = await requireKeyById(deps, context, input.KeyId)
  refusePendingDeletion(record)
  const operations = checkGrantOperations(input.Operations)
  const grantee = input.GranteePrincipal ?? ''
  if (!/^arn:aws[a-z-]*:(?:iam|sts)::\d{12}:.+$/.test(grantee))
    throw kmsError('InvalidArnException', `${grantee} is not a principal.`)
  const { account, region, keyId } = record
  const { EncryptionContextEquals: contextEquals, EncryptionContextSubset: contextSubset } = input.Constraints ?? {}
  const existing = await grantsOf(deps.store, record)
  const same = existing.find((one) => input.Name !== undefined && one.name === input.Name && one.grantee === grantee)
  if (same !== undefined) return { GrantId: same.grantId, GrantToken: same.token }
  const grant: GrantRecord = {
    grantId: randomHex(32),
    token: randomHex(48),
    account,
    region,
    keyId,
    grantee,
    operations,
    createdMs: deps.clock.nowMs(),
    issuer: `arn:aws:iam::${context.account}:root`,
    ...(input.RetiringPrincipal !== undefined && { retiring: input.RetiringPrincipal }),
    ...(input.Name !== undefined && { name: input.Name }),
    ...(contextEquals !== undefined && { contextEquals }),
    ...(contextSubset !== undefined && { contextSubset }),
  }
  await transact(deps.store, (transaction) => grants.set(transaction, grantKey(grant), grant))
  return { GrantId: grant.grantId, GrantToken: grant.token }
}
