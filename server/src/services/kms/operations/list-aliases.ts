// ListAliases: the names of keys, of all or of one.
import { keyAliases } from '#identity/vault/key-record.ts'
import { aliasesOf, showAlias } from '../aliases.ts'
import { requireKeyById } from '../keys.ts'
import { pageOf, readWish } from '../pages.ts'
import type { KmsOperation } from '../model.ts'

export const listAliases: KmsOperation<'ListAliases'> = async (deps, input, context) => {
  const { account, region } = context
  const { after, limit } = readWish(input)
  const wanted = input.KeyId === undefined ? undefined : await requireKeyById(deps, context, input.KeyId)
  const range = { prefix: [account, region], ...(after !== undefined && { after: [account, region, after] }) }
  const found =
    wanted === undefined
      ? (await keyAliases.list(deps.store, range, { limit: limit + 1 })).map(({ value }) => value)
      : (await aliasesOf(deps.store, wanted))
          .filter(({ name }) => after === undefined || name > after)
          .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const page = pageOf(found, limit, ({ name }) => name)
  return { Aliases: page.items.map((alias) => showAlias(account, region, alias)), ...page.end }
}
