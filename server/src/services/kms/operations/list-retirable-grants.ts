// ListRetirableGrants: the grants that a principal may retire.
import { grants, showGrant } from '../grants.ts'
import { pageOf, readWish } from '../pages.ts'
import type { KmsOperation } from '../model.ts'

export const listRetirableGrants: KmsOperation<'ListRetirableGrants'> = async (deps, input, context) => {
  const { account, region } = context
  const { after, limit } = readWish(input)
  const principal = [account, region, input.RetiringPrincipal ?? '']
  const [keyId, grantId] = after?.split('/') ?? []
  const found = await grants.listIndex(
    deps.store,
    'retiring',
    {
      prefix: principal,
      ...(keyId !== undefined && { after: [...principal, account, region, keyId, grantId ?? ''] }),
    },
    { limit: limit + 1 },
  )
  const page = pageOf(found, limit, ({ value }) => `${value.keyId}/${value.grantId}`)
  return { Grants: page.items.map(({ value }) => showGrant(value)), ...page.end }
}
