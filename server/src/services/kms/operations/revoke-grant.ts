// RevokeGrant: takes a grant back.
import { notFound } from '../errors.ts'
import { endGrant, grantsOf } from '../grants.ts'
import { requireKeyById } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const revokeGrant: KmsOperation<'RevokeGrant'> = async (deps, input, context) => {
  const record = await requireKeyById(deps, context, input.KeyId)
  const grant = (await grantsOf(deps.store, record)).find(({ grantId }) => grantId === input.GrantId)
  if (grant === undefined || !(await endGrant(deps.store, grant))) throw notFound(`Grant ID ${input.GrantId} not found`)
  return {}
}
