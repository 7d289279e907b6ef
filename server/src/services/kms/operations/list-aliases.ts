// ListAliases: the names of keys, of all or of one.
import { aliasesOf, showAlias } from '../aliases.ts'
import { requireKeyById } from '../keys.ts'
import { pageOf, readWish } from '../pages.ts'
import type { KmsOperation } from '../model.ts'

export const listAliases: KmsOperation<'ListAliases'> = async (deps, input, context) => {
  const { account, region } = context
  const { after, limit } = readWish(input)
  const wanted = input.KeyId === undefined ? undefined : (await requireKeyById(deps, context, input.KeyId)).keyId
  const found =
    wanted === undefined
      ? await aliasesOf(deps.store, account, region)
      : await aliasesOf(deps.store, account, region, wanted)
  const sorted = found
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ name }) => after === undefined || name > after)
  const page = pageOf(sorted, limit, ({ name }) => name)
  return { Aliases: page.items.map((alias) => showAlias(account, region, alias)), ...page.end }
}
