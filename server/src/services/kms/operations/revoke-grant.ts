// RevokeGrant: takes a grant back.
import { endDryRun } from '../dry-run.ts'
import { notFound } from '../errors.ts'
import { endGrant, grantsOf } from '../grants.ts'
import { requireKeyById } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const revokeGrant: KmsOperation<'RevokeGrant'> = async (deps, input, context) => {
  const record = await requireKeyById(deps, context, input.KeyId)
  const grant = (await grantsOf(deps.store, record)).find(({ grantId }) => grantId === input.GrantId)
  if (grant === undefined) throw notFound(`Grant ID ${input.GrantId} not found`)
  endDryRun(input)
  if (!(await endGrant(deps.store, grant))) throw notFound(`Grant ID ${input.GrantId} not found`)
  return {}
}
