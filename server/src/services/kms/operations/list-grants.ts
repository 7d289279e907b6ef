// ListGrants: the grants of a key.
import { grantsOf, showGrant } from '../grants.ts'
import { requireKeyById } from '../keys.ts'
import { pageOf, readWish } from '../pages.ts'
import type { KmsOperation } from '../model.ts'

export const listGrants: KmsOperation<'ListGrants'> = async (deps, input, context) => {
  const record = await requireKeyById(deps, context, input.KeyId)
  const { after, limit } = readWish(input)
  const found = (await grantsOf(deps.store, record)).filter(
    ({ grantId, grantee }) =>
      (after === undefined || grantId > after) &&
      (input.GrantId === undefined || grantId === input.GrantId) &&
      (input.GranteePrincipal === undefined || grantee === input.GranteePrincipal),
  )
  const page = pageOf(found, limit, ({ grantId }) => grantId)
  return { Grants: page.items.map(showGrant), ...page.end }
}
