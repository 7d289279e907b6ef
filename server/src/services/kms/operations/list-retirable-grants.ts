// ListRetirableGrants: the grants that a principal may retire.
import { grants, showGrant } from '../grants.ts'
import { pageOf, readWish } from '../pages.ts'
import type { KmsOperation } from '../model.ts'

export const listRetirableGrants: KmsOperation<'ListRetirableGrants'> = async (deps, input, context) => {
  const { account, region } = context
  const { after, limit } = readWish(input)
  const found = await grants.listIndex(deps.store, 'retiring', {
    prefix: [account, region, input.RetiringPrincipal ?? ''],
  })
  const sorted = found.map(({ value }) => value).toSorted((a, b) => (a.grantId < b.grantId ? -1 : 1))
  const page = pageOf(
    sorted.filter(({ grantId }) => after === undefined || grantId > after),
    limit,
    ({ grantId }) => grantId,
  )
  return { Grants: page.items.map(showGrant), ...page.end }
}
