// RetireGrant: ends a grant by whoever was granted that.
import { endDryRun } from '../dry-run.ts'
import { notFound } from '../errors.ts'
import { endGrant, type GrantRecord, grants, grantsOf } from '../grants.ts'
import { requireKeyById } from '../keys.ts'
import type { KmsOperation } from '../model.ts'

export const retireGrant: KmsOperation<'RetireGrant'> = async (deps, input, context) => {
  let grant: GrantRecord | undefined
  if (input.GrantToken !== undefined)
    [grant] = (await grants.listIndex(deps.store, 'token', { prefix: [input.GrantToken] })).map(({ value }) => value)
  else {
    const record = await requireKeyById(deps, context, input.KeyId)
    grant = (await grantsOf(deps.store, record)).find(({ grantId }) => grantId === input.GrantId)
  }
  if (grant === undefined) throw notFound('The grant was not found')
  endDryRun(input)
  if (!(await endGrant(deps.store, grant))) throw notFound('The grant was not found')
  return {}
}
