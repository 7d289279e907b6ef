// CreateGrant: a permission on one key for one principal.
import { isDeepStrictEqual } from 'node:util'
import { randomHex } from '#base/ids.ts'
import { endDryRun } from '../dry-run.ts'
import { kmsError, unsupported } from '../errors.ts'
import { addGrant, type GrantRecord, checkGrantOperations } from '../grants.ts'
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
  const {
    EncryptionContextEquals: contextEquals,
    EncryptionContextSubset: contextSubset,
    SourceArn,
  } = input.Constraints ?? {}
  // Without it the grant would give more than was wanted.
  if (SourceArn !== undefined) throw unsupported('Constraints.SourceArn is not available here.')
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
  endDryRun(input)
  const { grantId: GrantId, token: GrantToken } = await addGrant(deps.store, grant, (one) => isSameGrant(one, grant))
  return { GrantId, GrantToken }
}

/** With a name, the same wish again is answered with the grant that is there. Source: API reference, "CreateGrant". */
function isSameGrant(one: GrantRecord, other: GrantRecord): boolean {
  return one.name !== undefined && isDeepStrictEqual(wishOf(one), wishOf(other))
}

function wishOf({ grantId: _grantId, token: _token, createdMs: _createdMs, operations, ...wish }: GrantRecord) {
  return { ...wish, operations: operations.toSorted() }
}
